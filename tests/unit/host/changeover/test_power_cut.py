"""
The power cut, at every point of a changeover, with everything lost that was not synced.

A whole changeover is recorded as system calls. After each of them every disk is made that a power
cut could leave then, and the undo that runs at boot has to bring it to an end: all old before the
commit, all new after it, never in between.
"""

import json
import shutil
from collections.abc import Callable

import pytest

from tests.unit.host.changeover.machine import Host, Peer
from tests.unit.host.disk import Disk, Left, tree
from tests.unit.host.recorder import Call, apply, calls, command

pytestmark = pytest.mark.skipif(not shutil.which("strace"), reason="needs strace (Debian has it)")


def steps(host: Host, sync: str) -> list[dict[str, object]]:
    """Return three steps: one that is ended after the commit, one undone by a script, one by us."""
    world = host.world
    new = f"{world}/releases/r2"
    switched = [f"{world}/{name}" for name in ("current", "config", "extra")]
    return [
        {
            "name": "maintenance.close",
            "do": f"touch {world}/closed{sync}",
            "redo": f"rm -f {world}/closed",
        },
        {
            "name": "fetch.release",
            "do": f"mkdir {new}; echo code > {new}/code; echo more >> {new}/code{sync}",
            "undo": f"rm -rf {new}",
        },
        {
            "name": "activate.release",
            "do": f"rm {world}/current; ln -s releases/r2 {world}/current;"
            f" echo new > {world}/config; chmod 600 {world}/config; echo x > {world}/extra{sync}",
            "save": switched,
        },
    ]


@pytest.fixture
def before(host: Host) -> Disk:
    """Give the host's disk as it is before the changeover."""
    (host.world / "releases/r1").mkdir(parents=True)
    (host.world / "releases/r1/code").write_text("code\n")
    (host.world / "current").symlink_to("releases/r1")
    (host.world / "config").write_text("old\n")
    (host.world / "config").chmod(0o640)
    return Disk(host.disk)


def recorded(host: Host, sync: str, end: Callable[[Peer], str]) -> list[Call]:
    """Do a changeover; return the calls that matter to its disk, which explain all it is now."""
    disk = Disk(host.disk)
    record = host.folder / "record"
    peer = host.open(prefix=command(record), settle=f"rm -f {host.world}/closed")
    for step in steps(host, sync):
        assert peer.step(**step)[0] == 0  # type: ignore[arg-type]
    end(peer)
    found = [call for call in calls(record) if apply(disk, call)]
    assert disk.now() == {name: tree(host.disk / name) for name in ("state", "world")}
    return found


def power_cuts(host: Host, start: Left, done: list[Call]) -> list[tuple[int, Left]]:
    """Return each disk that can be left, once, with the number of calls after which it can."""
    disk = Disk(host.disk)
    disk.put(start)
    disk = Disk(host.disk)
    found: list[tuple[int, Left]] = []
    known: set[str] = set()
    for number, call in enumerate(done, 1):
        assert apply(disk, call)
        for left in disk.left():
            if repr(left) not in known:
                known.add(repr(left))
                found.append((number, left))
    return found


def boot(host: Host, disk: Disk, left: Left) -> None:
    """Start with what a power cut left: on the disk, and nothing of /run."""
    disk.put(left)
    shutil.rmtree(host.run)
    host.run.mkdir()


def state(left: Left) -> dict[str, bytes]:
    return {name: found[2] for name, found in left["state"][3]["shop"][3].items()}


def is_committed(left: Left) -> bool:
    found = state(left)
    return "redo.d" in found or b'"committed"' in found.get("ledger.jsonl", b"")


def check_end(host: Host, disk: Disk, left: Left, world: object) -> None:
    boot(host, disk, left)
    found = state(left)
    begun = bool({"undo.d", "redo.d"} & set(found)) or bool(found.get("ledger.jsonl"))
    code, said = host.undo()
    assert code == 0, said
    assert tree(host.world) == world
    assert host.journal() == []
    assert "stuck" not in {path.name for path in host.state.iterdir()}
    outcome = "committed" if is_committed(left) else "undone"
    text = (host.state / "ledger.jsonl").read_text() if begun else ""
    records = [json.loads(line) for line in text.splitlines()]
    assert [(record["id"], record["outcome"]) for record in records] == (
        [("shop-1", outcome)] if begun else []
    )
    after = tree(host.disk)
    assert host.undo() == (0, "")
    assert tree(host.disk) == after


# of some hundred disks each tenth; all of them are minutes
SOME = pytest.mark.parametrize("every", [20, pytest.param(1, marks=pytest.mark.slow)])
SYNC = pytest.mark.parametrize("sync", ["", "; sync"], ids=["unsynced", "synced"])


@SOME
@SYNC
def test_of_a_release_that_commits(host: Host, before: Disk, sync: str, every: int) -> None:
    start, old = before.now(), tree(host.world)
    done = recorded(host, sync, lambda peer: peer.commit())
    new = tree(host.world)
    assert new != old
    renames = [paths[-1] if name.startswith("rename") else "" for name, paths, _ in done]
    at = renames.index(f"{host.state}/redo.d") + 1
    durable = at + [name for name, _, _ in done[at:]].index("fsync") + 1
    cuts = power_cuts(host, start, done)
    assert {is_committed(left) for number, left in cuts if number < at} == {False}
    assert any(is_committed(left) for number, left in cuts if at <= number < durable)
    assert {is_committed(left) for number, left in cuts if number >= durable} == {True}
    for _, left in cuts[::-every]:
        check_end(host, before, left, new if is_committed(left) else old)


@SOME
@SYNC
def test_of_a_release_that_is_undone(host: Host, before: Disk, sync: str, every: int) -> None:
    start, old = before.now(), tree(host.world)
    done = recorded(host, sync, lambda peer: peer.let_go())
    assert tree(host.world) == old
    for _, left in power_cuts(host, start, done)[::-every]:
        assert not is_committed(left)
        check_end(host, before, left, old)


def test_the_whole_disk_is_written_once_for_each_undo_that_is_noted(host: Host) -> None:
    """A busy host has much to write: what was only ended has nothing that must outlast it."""
    record = host.folder / "record"
    peer = host.open(prefix=command(record), settle="true")
    for number in range(3):
        assert peer.step(name=f"step.{number}", do="true", undo="true", stop="true")[0] == 0
    peer.let_go()

    # three undos, and what brings the old release back
    assert [name for name, _, _ in calls(record)].count("sync") == 4


def test_what_completes_a_commit_is_written_once(host: Host) -> None:
    record = host.folder / "record"
    peer = host.open(prefix=command(record))
    for number in range(3):
        assert peer.step(name=f"step.{number}", do="true", redo="true", stop="true")[0] == 0
    peer.commit()

    # what the steps did, and what completed it
    assert [name for name, _, _ in calls(record)].count("sync") == 2
