"""What a host is called, when it boots, how much swap and journal it has: as its settings say."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from changeover.hardening.plans.part import Carried, HostTarget, Machine, Part
from changeover.hardening.plans.parts import limits, swap, system, upgrades
from changeover.settings.host import HostSettings
from tests.unit.plans.world import HELLO, PLAYMAKER, target

APT = "/etc/apt/apt.conf.d/52changeover-upgrades"
NEEDRESTART = "/etc/needrestart/conf.d/changeover.conf"
TIMER = "/etc/systemd/system/apt-daily-upgrade.timer.d/changeover.conf"
WINDOW = "/etc/changeover/reboot_window"


def host_target(memory: int = 1024, **settings: Any) -> HostTarget:
    apps = tuple(Carried(app, target(app).values) for app in (PLAYMAKER, HELLO))
    return HostTarget(HostSettings(**settings), Machine(memory_megabytes=memory), apps)


def ask(part: Part, name: str, tmp_path: Path, **files: str) -> str:
    """Return what an answer's command prints where files of the host are others."""
    command = part.answers[name].command
    for number, (path, text) in enumerate(files.items()):
        stand_in = tmp_path / str(number)
        stand_in.write_text(text)
        command = command.replace(path, str(stand_in))
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def test_a_host_is_renamed_only_where_a_name_is_wanted() -> None:
    plain, named = (
        system.identity(host_target()),
        system.identity(host_target(name="web1.example.org")),
    )

    assert "/etc/hostname" not in plain.files
    assert "host name" not in plain.answers
    assert named.files["/etc/hostname"].content == "web1.example.org\n"
    assert named.answers["host name"].wanted == "web1.example.org"


def test_a_locale_that_is_not_there_by_itself_is_made() -> None:
    assert "locales" not in system.identity(host_target()).packages
    assert "locales" in system.identity(host_target(locale="it_IT.UTF-8")).packages


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("LANG=C.UTF-8\n", "C.UTF-8"),
        ("# nothing\n", "none, not made"),
        ("LANG=xx_YY.UTF-8\n", "xx_YY.UTF-8, not made"),
    ],
)
def test_the_locale_is_the_one_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, found: str
) -> None:
    monkeypatch.setenv("LC_CTYPE", "C.UTF-8")  # as ssh brings it from the operator
    part = system.identity(host_target())
    assert ask(part, "locale", tmp_path, **{"/etc/default/locale": text}) == found


def test_the_journal_is_as_large_as_the_settings_say() -> None:
    (file,) = system.journal(host_target(journal_megabytes=80)).files.values()
    assert "SystemMaxUse=80M\nSystemMaxFileSize=8M\n" in file.content


def test_upgrades_begin_with_the_window_in_which_the_host_may_boot() -> None:
    part = upgrades.upgrades(host_target(reboot_window="23:30-01:00"))

    assert part.files[WINDOW].content.endswith("\n23:30-01:00\n")
    assert "OnCalendar=\nOnCalendar=*-*-* 23:30\n" in part.files[TIMER].content
    assert "changeover-reboot.timer" in part.answers["timers"].command


def test_without_a_window_nothing_boots_the_host() -> None:
    part = upgrades.upgrades(host_target(reboot_window=None))

    assert set(part.absent) == {WINDOW, TIMER}
    assert not part.files.keys() & {WINDOW, TIMER}
    assert "changeover-reboot.timer" not in part.answers["timers"].command
    assert 'Automatic-Reboot "false"' in part.files[APT].content


@pytest.mark.parametrize("quiet", [True, False])
def test_what_releases_work_with_is_restarted_in_quiet_only(tmp_path: Path, quiet: bool) -> None:
    if not shutil.which("perl"):
        pytest.skip("no perl on PATH")
    program = tmp_path / "quiet"
    program.write_text(f"#!/bin/sh\nexit {0 if quiet else 75}\n")
    program.chmod(0o755)
    text = upgrades.upgrades(host_target()).files[NEEDRESTART].content
    (tmp_path / "conf").write_text(text.replace("/usr/local/lib/changeover/quiet", str(program)))
    # as needrestart reads it: by eval, where its defaults are
    asks = """our %nrconf = (override_rc => { qr(^dbus) => 0 });
        open(F, shift); local $/; eval <F>; die $@ if $@; print "$nrconf{restart}\\n";
        for my $unit (@ARGV) { for (keys %{$nrconf{override_rc}}) {
            print "$unit $nrconf{override_rc}{$_}\\n" if $unit =~ /$_/ } }"""
    units = ["playmaker.service", "playmaker-worker@2.service", "docker.service"]
    units += ["postgresql@15-main.service", "dbus.service", "nginx.service", "playmaker2.service"]
    command = ["perl", "-e", asks, str(tmp_path / "conf"), *units]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    may = int(quiet)
    assert said.splitlines() == ["a", *(f"{unit} {may}" for unit in units[:4]), "dbus.service 0"]


@pytest.mark.parametrize(
    ("memory", "wanted"),
    [
        (512, 512),
        (987, 1024),
        (1987, 2048),
        (2048, 2048),
        (3900, 2048),
        (8192, 2048),
        (16000, 1024),
    ],
)
def test_swap_goes_by_memory(memory: int, wanted: int) -> None:
    assert swap.megabytes(memory) == wanted
    assert swap.swap(host_target(memory)).answers["megabytes of swap"].wanted == str(wanted)


SWAPS = "Filename\tType\tSize\tUsed\tPriority\n"
OURS = f"{swap.FILE} file 1048572 0 -2\n"
OTHER = "/dev/vda2 partition 524284 0 -2\n"
ENTRY = f"{swap.FILE} none swap sw 0 0\n"


@pytest.mark.parametrize(
    ("given", "swaps", "fstab", "said"),
    [
        (None, OURS, ENTRY, "1024"),
        (None, OURS, "", "1024, not in fstab"),
        (None, OURS.replace("1048572", "524284"), ENTRY, "512, in fstab"),
        (None, OTHER, "", "1024"),
        (None, OTHER, ENTRY, "0, in fstab"),
        (1024, OTHER, "", "0"),
        (0, OURS, ENTRY, "1024, in fstab"),
        (0, "", ENTRY, "0, in fstab"),
        (0, OTHER, "", "0"),
        (None, "", "", "0"),
    ],
)
def test_swap_is_what_is_on_and_comes_back_at_boot(
    tmp_path: Path, given: int | None, swaps: str, fstab: str, said: str
) -> None:
    part = swap.swap(replace(host_target(1024), settings=HostSettings(swap_megabytes=given)))
    files = {"/proc/swaps": SWAPS + swaps, "/etc/fstab": fstab}
    assert ask(part, "megabytes of swap", tmp_path, **files) == said


def test_swap_that_does_not_fit_is_told() -> None:
    part = swap.swap(host_target(swap_megabytes=10**9))
    done = subprocess.run(
        ["bash", "-c", part.answers["megabytes of swap"].command],
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.fullmatch(
        r"cannot: 1000000000 MB of swap would leave less than 2048 MB of the \d+ MB that are free",
        done.stdout.strip(),
    )


LOGIN = (
    "UMASK 027\nPASS_MIN_DAYS\t1\nPASS_MAX_DAYS 365\nSHA_CRYPT_MIN_ROUNDS 65536\n"
    "SHA_CRYPT_MAX_ROUNDS 65536\n"
)


def test_what_login_defs_says_otherwise_is_named(tmp_path: Path) -> None:
    part = limits.limits(host_target())
    texts = (LOGIN, LOGIN.replace("027", "022"), LOGIN.replace("PASS_MIN", "#PASS_MIN"))
    said = [ask(part, "login.defs", tmp_path, **{"/etc/login.defs": text}) for text in texts]
    assert said == ["yes", "UMASK is 022;", "PASS_MIN_DAYS is not set;"]


def test_who_has_no_password_must_not_need_to_renew_it(tmp_path: Path) -> None:
    part = limits.limits(host_target())
    shadow = (
        "root:*:20000:0:99999:7:::\nsystem:!:20000::::::\nann:$y$x:20000:1:365:7:::\n"
        "deploy:!:20000:1:365:7:::\n"
    )
    said = ask(part, "accounts without a password that expire", tmp_path, **{"/etc/shadow": shadow})
    assert said == "deploy end"
