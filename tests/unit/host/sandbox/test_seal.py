"""What a build user filled is taken over whole, or refused by name."""

import os
import socket
import stat
import struct
import tracemalloc
from pathlib import Path

import pytest

from changeover.host.files import Failure
from changeover.host.sandbox import seal as sandbox_seal

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root takes over")

BUILDER = 64123
NOBODY_ELSE = "a-user-that-is-not-there"
# version 2 of POSIX access lists: entries of tag, rights and id; 2 names a user, 4 the group
ENTRIES = ((1, 7, -1), (2, 7, 65534), (4, 7, -1), (16, 7, -1), (32, 5, -1))
ACCESS = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in ENTRIES)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a folder that a build user has filled."""
    top = tmp_path / "tree"
    (top / "bin").mkdir(parents=True)
    (top / "bin" / "run").write_text("#!/bin/sh\n")
    (top / "bin" / "run").chmod(0o777)
    (top / "data").write_text("x" * 5000)
    (top / "link").symlink_to("/etc/passwd")
    for path in (top, *top.rglob("*")):
        os.chown(path, BUILDER, BUILDER, follow_symlinks=False)
    return top


def seal(tree: Path) -> int:
    return sandbox_seal.seal(tree, NOBODY_ELSE, complete=True)


def test_all_is_roots_and_nobody_else_may_write(tree: Path) -> None:
    before = Path("/etc/passwd").stat()

    kilobytes = seal(tree)

    for path in (tree, *tree.rglob("*")):
        found = path.lstat()
        assert (found.st_uid, found.st_gid) == (0, 0), path
        assert path.is_symlink() or not found.st_mode & 0o7022, path
    assert (tree / "bin/run").stat().st_mode & 0o777 == 0o755
    assert (tree / "data").stat().st_mode & 0o777 == 0o644
    assert (tree / ".complete").read_text() == f"{kilobytes}\n"
    assert kilobytes >= 8
    after = Path("/etc/passwd").stat()
    assert (after.st_uid, after.st_mode, after.st_ctime_ns) == (
        *(before.st_uid, before.st_mode, before.st_ctime_ns),
    )


def test_sealing_again_changes_nothing_that_counts(tree: Path) -> None:
    seal(tree)
    before = {path: path.lstat().st_mode for path in tree.rglob("*")}

    seal(tree)

    assert {path: path.lstat().st_mode for path in tree.rglob("*")} == before


def test_set_id_bits_and_access_lists_are_taken_away(tree: Path) -> None:
    run = tree / "bin/run"
    run.chmod(0o6777)
    os.setxattr(run, "system.posix_acl_access", ACCESS)
    os.setxattr(tree / "bin", "system.posix_acl_default", ACCESS)
    assert os.listxattr(run) == ["system.posix_acl_access"]

    seal(tree)

    assert stat.S_IMODE(run.stat().st_mode) == 0o755
    assert os.listxattr(run) == os.listxattr(tree / "bin") == []


def test_a_fake_note_that_it_is_complete_is_replaced(tree: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.write_text("kept")
    (tree / ".complete").symlink_to(foreign)

    seal(tree)

    assert foreign.read_text() == "kept"
    assert not (tree / ".complete").is_symlink()


@pytest.mark.parametrize("kind", ["pipe", "socket", "device"])
def test_what_is_no_file_is_refused_by_name_and_at_once(tree: Path, kind: str) -> None:
    odd = tree / "bin" / f"odd {kind}"
    if kind == "pipe":
        os.mkfifo(odd)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(odd))
    else:
        os.mknod(odd, stat.S_IFCHR | 0o666, os.makedev(1, 3))

    with pytest.raises(Failure, match=rf"bin/odd {kind} is a pipe, a socket or a device"):
        seal(tree)
    assert not (tree / ".complete").exists()


def test_a_second_name_elsewhere_is_refused_and_one_inside_is_fine(tree: Path) -> None:
    (tree / "inside").hardlink_to(tree / "data")
    seal(tree)
    (tree.parent / "outside").hardlink_to(tree / "data")

    with pytest.raises(Failure, match="has another name outside of its folder"):
        seal(tree)


def test_a_file_that_is_still_open_for_writing_is_refused(tree: Path) -> None:
    with (tree / "data").open("a") as held:
        # as a message that nobody has read yet, it belongs to no process
        one, other = socket.socketpair()
        socket.send_fds(one, [b"x"], [held.fileno()])
    with pytest.raises(Failure, match="data is still open for writing somewhere"):
        seal(tree)
    one.close()
    other.close()

    seal(tree)


def test_a_folder_that_is_a_link_is_not_entered(tree: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    os.chown(foreign, BUILDER, BUILDER)
    (tree / "out").symlink_to(foreign)

    seal(tree)
    assert foreign.stat().st_uid == BUILDER

    top = tmp_path / "top"
    top.symlink_to(foreign)
    with pytest.raises(Failure, match="cannot be opened"):
        seal(top)
    assert foreign.stat().st_uid == BUILDER


def test_a_tree_without_end_is_refused_by_depth(tree: Path) -> None:
    folder = os.open(tree, os.O_RDONLY)
    for _ in range(sandbox_seal.DEEPEST + 2):
        os.mkdir("d", dir_fd=folder)
        inner = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)

    with pytest.raises(Failure, match=f"more than {sandbox_seal.DEEPEST} folders deep"):
        seal(tree)


def test_a_tree_of_names_without_end_is_refused_in_bounded_memory(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20_000):
        os.link(tree / "data", tree / f"{number:0200}")
    tracemalloc.start()
    monkeypatch.setattr(sandbox_seal, "MOST", 20_000)
    with pytest.raises(Failure, match="holds more than 20000 files and folders"):
        seal(tree)
    monkeypatch.setattr(sandbox_seal, "MOST", 20_100)
    seal(tree)
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_a_name_cannot_write_to_the_terminal(tree: Path) -> None:
    os.mkfifo(os.fsencode(tree) + b"/\x1b[31m\n\xff")

    with pytest.raises(Failure) as refused:
        seal(tree)

    assert str(refused.value).isprintable()


def test_a_link_may_be_called_and_lead_as_a_commit_says(tree: Path) -> None:
    odd = tree / "\x1b[31m\nodd"
    odd.symlink_to("x\n@@flags\nquiesced\udcff")

    seal(tree)

    assert str(odd.readlink()) == "x\n@@flags\nquiesced\udcff"
    assert odd.lstat().st_uid == 0
