"""What the scripts of the system make of a host's files: once, and the same the second time."""

import re

import pytest

from changeover.hardening.plans.converge import converge_script
from changeover.hardening.plans.part import HostTarget, Part
from changeover.hardening.plans.parts import limits, system
from changeover.hardening.plans.snapshot import HostState
from changeover.settings.host import HostSettings
from tests.unit.plans.shell import PLACES, Shell

HOSTS = "127.0.0.1 localhost\n127.0.1.1 vps-17.provider.example vps-17\n::1 localhost\n"
LOGIN = "#UMASK 077\nUMASK\t\t022\nPASS_MAX_DAYS\t99999\nUSERGROUPS_ENAB yes\n"
# every path of a host but those that the shell moves by itself: nothing may reach this machine
MOVED = re.compile(
    rf"(?<![\w.\-/])/(?=(?:etc|var|run|proc)/)(?!(?:{'|'.join(p[1:] for p in PLACES)})(?![\w.-]))"
)


@pytest.fixture
def host(shell: Shell) -> Shell:
    for name in ("systemctl", "chage"):
        shell.stub(name, f'echo "{name} $*" >> {shell.root}/calls')
    shell.stub("hostname", f"cp {shell.root}/etc/hostname {shell.root}/proc/sys/kernel/hostname")
    # asked for a name, it knows only what the host's own file says
    shell.stub("getent", f'[ "$1" != -s ] || grep -qw "$4" {shell.root}/etc/hosts')
    shell.write("/proc/sys/kernel/hostname", "vps-17.provider.example\n")
    shell.write("/etc/hosts", HOSTS)
    shell.write("/etc/default/locale", "LC_TIME=C\nLANG=en_US.UTF-8\n")
    (shell / "/etc/localtime").symlink_to("/usr/share/zoneinfo/Etc/UTC")
    shell.write("/etc/login.defs", LOGIN)
    shell.write("/etc/shadow", "root:*:1::99999::::\nann:!:1:1:365::::\nbob:$y$:1:1:365::::\n")
    shell.write("/etc/crontab", "")
    shell.write("/etc/cron.d/job", "")
    return shell


def converge(host: Shell, part: Part) -> str:
    """Run the part's script; return what it said if it failed."""
    script = converge_script(part, HostState())
    script = MOVED.sub(f"{host.root}/", script)
    return host.try_(script).stderr


def identity(**settings: str) -> Part:
    return system.identity(HostTarget(HostSettings(**settings)))  # type: ignore[arg-type]


def test_a_host_gets_its_name_and_knows_it(host: Shell) -> None:
    (host / "/etc/cloud/cloud.cfg.d").mkdir(parents=True)
    for _ in range(2):
        assert converge(host, identity(name="web1.example.org", timezone="Europe/Rome")) == ""
        assert (host / "/etc/hosts").read_text() == (
            "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 web1.example.org web1\n"
        )
        assert (host / "/etc/default/locale").read_text() == "LC_TIME=C\nLANG=C.UTF-8\n"
    assert str((host / "/etc/localtime").readlink()).endswith("/usr/share/zoneinfo/Europe/Rome")
    cloud = (host / "/etc/cloud/cloud.cfg.d/99-changeover.cfg").read_text()
    assert "preserve_hostname: true\nmanage_etc_hosts: false\n" in cloud


def test_a_name_that_is_known_is_left_alone(host: Shell) -> None:
    assert converge(host, identity()) == ""
    assert (host / "/etc/hosts").read_text() == HOSTS
    assert not (host / "/etc/hostname").exists()


def test_a_time_zone_that_is_none_is_named(host: Shell) -> None:
    said = converge(host, identity(timezone="Europe/Atlantis"))
    assert said == "host_timezone: this host knows no time zone Europe/Atlantis\n"


def test_a_locale_behind_a_link_stays_behind_it(host: Shell) -> None:
    file = host / "/etc/default/locale"
    file.rename(host / "/etc/default/../locale.conf")
    file.symlink_to("../locale.conf")
    assert converge(host, identity()) == ""
    assert file.is_symlink()
    assert "LANG=C.UTF-8" in file.read_text()


def test_accounts_and_jobs_are_limited(host: Shell) -> None:
    part = limits.limits(HostTarget(HostSettings()))
    for _ in range(2):
        assert converge(host, part) == ""
        assert (host / "/etc/login.defs").read_text() == (
            "#UMASK 077\nUSERGROUPS_ENAB yes\nUMASK\t027\nPASS_MIN_DAYS\t1\nPASS_MAX_DAYS\t365\n"
            "SHA_CRYPT_MIN_ROUNDS\t65536\nSHA_CRYPT_MAX_ROUNDS\t65536\n"
        )
    calls = (host / "calls").read_text()
    assert "chage --mindays 0 --maxdays -1 ann\n" in calls
    assert "bob" not in calls
    assert (host / "/etc/crontab").stat().st_mode & 0o777 == 0o600
    assert (host / "/etc/cron.d").stat().st_mode & 0o777 == 0o700
