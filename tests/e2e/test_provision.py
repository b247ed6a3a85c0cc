"""Provisioning: a bare machine converges, whatever is in the way, and apps are kept apart."""

import fcntl
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import testinfra
from testinfra.host import Host as Observer

from changeover.lab import Lab, LabHost, ssh
from tests.e2e import releases
from tests.e2e.conftest import NewHost
from tests.e2e.releases import Run, pyinfra, start
from tests.e2e.watch import is_running

pytestmark = pytest.mark.lab

# what a compromised app would like to change
CODE = (
    "current",
    "current/app/main.py",
    "current/new.py",
    "current/REVISION",
    "current/.venv",
    "current/.venv/bin/python",
    "current/.venv/bin/uvicorn",
    "current/.venv/new.py",
    "current/frontend/dist",
    "current/frontend/dist/index.html",
    "current/.changeover/verified",
    "releases",
    "releases/new",
    "environments/new",
    "builds/new",
    "repository.git/config",
    "shared",
    "shared/.env",
    "new",
)
# and what it would like to read
FOREIGN = (
    "/srv/{other}/shared/.env",
    "/srv/{other}/shared",
    "/var/backups/changeover/{app}",
    "/var/backups/changeover/{other}",
    "/var/lib/changeover/{app}",
    "/etc/changeover/{app}/deploy_key",
    "/etc/changeover/{other}/deploy_key",
    "/etc/nginx/changeover/{app}-bypass.conf",
)


def observer(host: LabHost) -> Observer:
    """Return testinfra's own view of a host, which shares no code with what is tested."""
    known = ssh.known_hosts(host.record.lab)
    return testinfra.get_host(
        f"ssh://{host.user}@{host.address}",
        ssh_identity_file=str(ssh.client_key(host.record.lab)),
        ssh_extra_args=f"-F none -o IdentitiesOnly=yes -o UserKnownHostsFile={known}",
        controlpersist=0,
    )


def provision(lab: Lab, host: LabHost) -> Run:
    done = pyinfra(lab, "provision", "--limit", host.name)
    assert done.status == 0, done.output
    return done


def wait_for(host: LabHost, *words: str, seconds: float = 120, present: bool = True) -> None:
    """Wait until the host has such a process, or has none any more."""
    deadline = time.monotonic() + seconds
    while is_running(host, *words) != present:
        assert time.monotonic() < deadline, f"no {words} on {host.name} in {seconds} s"
        time.sleep(0.02)


@contextmanager
def locked(host: LabHost, path: str) -> Iterator[None]:
    """Hold a lock of the host's apt, as another apt would: with fcntl."""
    with (host.root / path).open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def waits(host: LabHost, *words: str, seconds: float = 3) -> bool:
    """Tell whether such a process stays there all the time."""
    wait_for(host, *words)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not is_running(host, *words):
            return False
        time.sleep(0.1)
    return True


def see_whose_it_is(seen: Observer) -> None:
    """See that what an app has on its host is whose it should be."""
    for path, owner, group, mode in (
        ("/srv/playmaker", "root", "root", 0o755),
        ("/srv/playmaker/releases", "root", "root", 0o755),
        ("/srv/playmaker/repository.git", "changeover", "changeover", 0o755),
        ("/var/cache/changeover/playmaker", "playmaker-build", "playmaker-build", 0o700),
        ("/srv/playmaker/shared", "root", "playmaker", 0o1770),
        ("/var/backups/changeover/playmaker", "root", "root", 0o700),
        ("/var/lib/changeover/playmaker", "root", "root", 0o711),
        ("/etc/changeover/playmaker/deploy_key", "root", "root", 0o600),
        ("/usr/local/lib/changeover/current/sqlite_backup", "root", "root", 0o755),
    ):
        file = seen.file(path)
        assert (file.user, file.group, file.mode) == (owner, group, mode), path


@pytest.mark.slow
def test_a_bare_machine_converges_and_a_second_run_changes_nothing(
    lab: Lab, new_host: NewHost
) -> None:
    host = new_host("bare", groups=["playmaker"])
    seen = observer(host)
    assert not seen.package("nginx").is_installed
    assert not seen.user("playmaker").exists

    provision(lab, host)

    assert provision(lab, host).steps(host.name) == []
    host.off()
    host.boot()
    assert provision(lab, host).steps(host.name) == releases.ONCE_A_BOOT
    assert all(seen.package(name).is_installed for name in ("nginx", "git", "python3-venv"))
    assert seen.service("nginx").is_running
    assert seen.service("nginx").is_enabled
    assert seen.user("playmaker").shell == "/usr/sbin/nologin"
    assert seen.user("changeover").shell == "/usr/sbin/nologin"
    see_whose_it_is(seen)
    assert seen.run("/opt/changeover/node/22/bin/node --version").stdout.startswith("v22.")
    assert not seen.file("/srv/playmaker/current").exists


@pytest.mark.slow
def test_another_apt_is_waited_for(lab: Lab, new_host: NewHost) -> None:
    host = new_host("locked", groups=["hello"])
    # made by the first apt that runs, so not there on a machine on which none ever did
    host.run("touch /var/lib/apt/lists/lock /var/lib/dpkg/lock-frontend")
    with locked(host, "var/lib/dpkg/lock-frontend"):
        with locked(host, "var/lib/apt/lists/lock"):
            process = start(lab, "provision", "--limit", host.name)
            # between two attempts
            wait_for(host, "sleep", "5")
        assert waits(host, "apt-get", "install", "nginx")
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    assert observer(host).package("nginx").is_installed


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["--unpack", "--configure"])
@pytest.mark.parametrize("death", ["pyinfra", "power"])
def test_one_run_heals_what_died_amid_packages(
    lab: Lab, new_host: NewHost, moment: str, death: str
) -> None:
    host = new_host("died", groups=["hello"])
    process = start(lab, "provision", "--limit", host.name)
    wait_for(host, "/usr/bin/dpkg", moment)
    if death == "power":
        host.kill()
    process.kill()
    process.communicate()
    host.boot()

    provision(lab, host)

    seen = observer(host)
    assert seen.run("dpkg --audit").stdout == ""
    assert all(seen.package(name).is_installed for name in ("nginx", "git", "zstd", "curl"))
    assert provision(lab, host).steps(host.name) == []


@pytest.fixture(scope="module")
def shared(lab: Lab) -> Iterator[LabHost]:
    """Return a host on which both apps serve."""
    groups = ["playmaker", "hello"]
    host = lab.up("shared-two", groups=groups, layer=releases.layer(lab, "v2"))
    done = pyinfra(lab, "release", "--limit", host.name, playmaker_ref="v2", hello_ref="v1")
    assert done.status == 0, done.output
    yield host
    lab.down(host.name)


def succeeding(host: LabHost, user: str, paths: list[str], action: str) -> list[str]:
    """Return the paths ("$p" in the action) with which a user's shell command succeeds."""
    words = " ".join(paths)
    command = f"for p in {words}; do ({action}) > /dev/null 2>&1 && echo $p; done; true"
    return host.run(command, user=user).stdout.split()


def test_both_apps_run_and_come_back_at_boot(shared: LabHost) -> None:
    seen = observer(shared)
    see_whose_it_is(seen)
    for app in ("playmaker", "hello"):
        for unit in (f"{app}.service", f"{app}.socket"):
            assert seen.service(unit).is_running
            assert seen.service(unit).is_enabled
        env = seen.file(f"/srv/{app}/shared/.env")
        assert (env.user, env.group, env.mode) == ("root", app, 0o640)
        assert seen.file(f"/srv/{app}/current").is_symlink
        pid = seen.check_output(f"systemctl show -p MainPID --value {app}")
        assert seen.file(f"/proc/{pid}").user == app


@pytest.mark.parametrize("app", ["playmaker", "hello"])
def test_the_app_runs_in_a_sandbox(shared: LabHost, app: str) -> None:
    said = shared.run(f"systemd-analyze security --no-pager {app}.service").stdout
    exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
    assert exposure, said
    assert float(exposure[1]) <= 2.0, said


@pytest.mark.parametrize(
    "action",
    ["echo x >> $p", "mv -T $p $p.gone", "ln -sfnT /tmp $p", "rm $p || rmdir $p", "chmod 777 $p"],
)
def test_the_app_cannot_change_its_code(shared: LabHost, action: str) -> None:
    code = [f"/srv/playmaker/{path}" for path in CODE]
    assert succeeding(shared, "playmaker", code, action) == []


def test_the_app_can_write_what_is_shared(shared: LabHost) -> None:
    new = ["/srv/playmaker/shared/new"]
    assert succeeding(shared, "playmaker", new, "touch $p && rm $p") == new
    assert succeeding(shared, "playmaker", ["/srv/playmaker/shared/.env"], "cat $p") != []


@pytest.mark.parametrize(("app", "other"), [("playmaker", "hello"), ("hello", "playmaker")])
def test_an_app_cannot_look_into_what_is_not_its_own(shared: LabHost, app: str, other: str) -> None:
    paths = [path.format(app=app, other=other) for path in FOREIGN]
    look = "if [ -d $p ]; then ls $p; else cat $p; fi"
    assert succeeding(shared, "root", paths, look) == paths
    assert succeeding(shared, app, paths, look) == []
