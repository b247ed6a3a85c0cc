"""A disk that is full: no step acts without its undo, and an undo goes on once there is room."""

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.host.changeover.machine import Host

PAGE = 4096


@pytest.fixture
def small() -> Iterator[Callable[[Path], None]]:
    """Give a function that puts a file system of 64 KiB over a folder."""
    mounted: list[Path] = []

    def mount(folder: Path) -> None:
        command = ["mount", "-t", "tmpfs", "-o", "size=64k", "changeover-test", str(folder)]
        if os.geteuid() != 0 or subprocess.run(command, check=False).returncode:
            pytest.skip("needs root, to mount a small file system")
        mounted.append(folder)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take all that is free."""
    filler = folder / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(b"x" * PAGE):
            pass
    assert os.statvfs(folder).f_bfree == 0
    return filler


def test_a_step_whose_undo_finds_no_room_does_not_act(
    host: Host, small: Callable[[Path], None]
) -> None:
    small(host.state)
    file = host.world / "file"
    file.write_bytes(b"x" * 200_000)
    peer = host.open()
    assert peer.step("site.first", "true", undo=f"touch {host.world}/undone")[0] == 0
    code, said = peer.step("site.publish", f"echo new > {file}", save=[str(file)])
    assert code == 1
    assert "the undo of site.publish cannot be journalled: [Errno 28] No space left" in said
    assert peer.ended() == "undone"
    assert file.stat().st_size == 200_000
    assert (host.world / "undone").exists()
    assert host.journal() == []


def test_a_changeover_that_finds_no_room_is_refused(
    host: Host, small: Callable[[Path], None]
) -> None:
    small(host.state)
    filler = fill(host.state)
    assert "No space left" in host.hold().refused()
    filler.unlink()
    assert host.open().commit() == "committed"


def test_an_undo_without_room_for_what_was_saved(host: Host, small: Callable[[Path], None]) -> None:
    small(host.world)
    file = host.world / "file"
    file.write_bytes(b"old" * 5000)
    peer = host.open()
    assert peer.step("site.publish", f": > {file}", save=[str(file)])[0] == 0
    filler = fill(host.world)
    assert peer.let_go() == "stuck"
    assert "No space left" in (host.state / "stuck").read_text()
    assert sorted(path.name for path in host.world.iterdir()) == ["file", "filler"]
    assert host.undo()[0] == 1
    filler.unlink()
    assert host.undo()[0] == 0
    assert file.read_bytes() == b"old" * 5000
    assert host.outcomes() == [("shop-1", "undone")]


@pytest.mark.parametrize("room", [0, 20, 300])
@pytest.mark.parametrize("committed", [False, True])
def test_an_end_without_room_for_its_record(
    host: Host, small: Callable[[Path], None], room: int, committed: bool
) -> None:
    small(host.state)
    ledger = host.state / "ledger.jsonl"
    ledger.write_text("-" * (2 * PAGE - room - 1) + "\n")
    file = host.world / "file"
    peer = host.open()
    assert peer.step("site.publish", f"echo new > {file}", save=[str(file)])[0] == 0
    filler = fill(host.state)
    assert (peer.commit() if committed else peer.let_go()) == "stuck"
    assert host.undo()[0] == 1
    assert file.exists() == committed
    filler.unlink()
    assert host.undo()[0] == 0
    assert host.outcomes() == [("shop-1", "committed" if committed else "undone")]
    assert (host.journal(), host.status()["stuck"]) == ([], None)


def test_an_undo_whose_lock_can_say_nothing_undoes(
    host: Host, small: Callable[[Path], None]
) -> None:
    """The folder of locks is full: that it is held counts, and not what it says."""
    small(host.run)
    mended, undone = host.world / "mended", host.world / "undone"
    peer = host.open()
    assert peer.step("site.first", "true", undo=f"[ -e {mended} ] && touch {undone}")[0] == 0
    assert peer.let_go() == "stuck"
    fill(host.run)
    assert host.undo()[0] == 1  # also how often it was tried cannot be noted
    mended.touch()
    assert host.undo()[0] == 0
    assert undone.exists()
    assert host.outcomes() == [("shop-1", "undone")]
