"""What a changeover left running is gone before its undo begins, whatever it did to escape."""

import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from changeover.plans.script import compose, read
from tests.unit.host.changeover.machine import Host, Peer

CGROUPS = [Path("/sys/fs/cgroup/systemd"), Path("/sys/fs/cgroup")]


@pytest.fixture
def scope(host: Host) -> Iterator[Path]:
    """Give a cgroup that systemctl names as the changeover's scope."""
    root = next((folder for folder in CGROUPS if (folder / "cgroup.procs").exists()), None)
    if os.geteuid() != 0 or root is None or not os.access(root, os.W_OK):
        pytest.skip("needs root, and a cgroup hierarchy that can be written to")
    folder = root / f"changeover-test-{uuid.uuid4().hex}"
    folder.mkdir()
    host.scope.write_text(f"/{folder.name}")
    yield folder
    host.close()
    for pid in (folder / "cgroup.procs").read_text().split():
        os.kill(int(pid), 9)
    host.wait_until(lambda: not (folder / "cgroup.procs").read_text())
    folder.rmdir()


@pytest.fixture
def begun(host: Host, scope: Path) -> Peer:
    """Give a changeover in its scope, whose step left a daemon that writes all the time."""
    peer = host.open()
    (scope / "cgroup.procs").write_text(str(peer.process.pid))
    count = host.world / "count"
    daemon = f"echo $$ > {host.world}/pid; while :; do echo x >> {count}; sleep 0.02; done"
    assert peer.step("service.start", f"setsid bash -c '{daemon}' > /dev/null 2>&1 &")[0] == 0
    host.wait_for(count)
    return peer


@pytest.fixture
def outside(host: Host) -> Iterator[None]:
    """Give a PID 1: who is asked by systemd-run, and starts things where it is itself."""
    asked = host.folder / "asked"
    os.mkfifo(asked)
    asking = host.folder / "bin/systemd-run"
    words = 'while [ "$1" != -- ]; do shift; done; shift'
    asking.write_text(f'#!/bin/bash\n{words}\necho "$(printf "%q " "$@")" > {asked}\n')
    asking.chmod(0o755)
    # it is open for writing too, so that it does not end with the first who asks
    serve = f'exec 3<> {asked}; while read -r line <&3; do eval "$line" & done'
    null = subprocess.DEVNULL
    with subprocess.Popen(["bash", "-c", serve], stdin=null, stdout=null, stderr=null) as manager:
        yield
        manager.kill()


@pytest.fixture
def started_outside(host: Host, scope: Path, outside: None) -> Iterator[Peer]:
    """Give a changeover in its scope, whose step had PID 1 start what goes on running."""
    del outside
    peer = host.open()
    (scope / "cgroup.procs").write_text(str(peer.process.pid))
    daemon = f"echo $$ > {host.world}/pid; exec sleep 1000"
    start = f"start_outside toy-shop -p User=root -- bash -c '{daemon}'\n"
    text = compose(read("processes/outside"), start)
    assert peer.step("service.start", text)[0] == 0
    host.wait_for(host.world / "pid", "\n")
    assert (host.world / "pid").read_text().strip() not in (scope / "cgroup.procs").read_text()
    yield peer
    os.kill(int((host.world / "pid").read_text()), 9)


def is_alive(host: Host) -> bool:
    stat = Path("/proc", (host.world / "pid").read_text().strip(), "stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def assert_gone(host: Host) -> None:
    assert not is_alive(host)
    assert host.outcomes() == [("shop-1", "undone")]


def test_the_hold_kills_all_but_itself(host: Host, begun: Peer) -> None:
    assert begun.let_go() == "undone"
    assert_gone(host)


def test_the_guard_kills_all_that_a_killed_hold_left(host: Host, begun: Peer) -> None:
    begun.kill()
    assert host.undo()[0] == 0
    assert_gone(host)


def test_also_after_the_commit(host: Host, begun: Peer) -> None:
    # it is systemd that starts services, and in scopes of their own
    assert begun.commit() == "committed"
    assert not is_alive(host)


def test_what_pid_1_has_started_outlives_the_commit(host: Host, started_outside: Peer) -> None:
    assert started_outside.commit() == "committed"
    assert is_alive(host)


def test_it_is_the_undo_that_ends_it(host: Host, started_outside: Peer) -> None:
    assert started_outside.let_go() == "undone"
    assert is_alive(host), "an undo stops it by its engine"


def test_nothing_is_undone_while_it_is_unknown_what_runs(host: Host) -> None:
    peer = host.open()
    peer.step("site.publish", "true", undo=f"touch {host.world}/undone")
    peer.kill()
    host.let_fail("show -p ControlGroup")
    code, said = host.undo()
    assert (code, "systemd does not tell what runs in changeover-shop-1.scope" in said) == (1, True)
    assert not (host.world / "undone").exists()
    host.let_fail("nothing")
    assert host.undo()[0] == 0


def test_nothing_is_undone_while_something_does_not_end(host: Host) -> None:
    peer = host.open()
    peer.step("site.publish", "true", undo=f"touch {host.world}/undone")
    peer.kill()
    folder = host.folder / "cgroup"
    folder.mkdir()
    (folder / "cgroup.procs").write_text("99999999\n")  # no such process, and never gone
    host.scope.write_text("/.." * 9 + str(folder))
    code, said = host.undo()
    assert code == 1
    assert "processes of changeover-shop-1.scope do not end: 99999999" in said
    assert not (host.world / "undone").exists()
