"""Links of a release, made without ever following a link that its commit brought."""

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from ..files import Failure

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def link(release: Path, path: str, target: str, *, durable: bool = True) -> None:
    """
    Make ``path`` of a release a symbolic link, by one rename.

    One that is not ``durable`` is the caller's to write to the disk. Folders above it are made
    where they are missing. What the commit has at that place gives way. Raises Failure, by name,
    where a part of the path is itself a link or no folder: what lies behind it is not the
    release's.
    """
    with above(release, path, make=True) as (at, name):
        _switch(at, name, target)
        if durable:
            os.fsync(at)


def clear(release: Path, path: str) -> bool:
    """
    Remove what the commit has at a place where something is made later; tell whether it had.

    Raises Failure, by name, where a part of the path is a link or no folder.
    """
    with above(release, path, make=False) as (at, name):
        found = at >= 0 and _has(at, name)
        if found:
            remove(at, name)
        return found


@contextlib.contextmanager
def above(release: Path, path: str, *, make: bool) -> Iterator[tuple[int, str]]:
    """
    Open the folder that a path of a release lies in; yield its descriptor and the path's name.

    Where a folder is missing it is made, or the descriptor is -1. Raises Failure, by name, where a
    part of the path is a link or no folder.
    """
    *folders, name = path.split("/")
    at = os.open(release, _FOLDER)
    try:
        for number, folder in enumerate(folders):
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(folder, 0o755, dir_fd=at)
            elif not _has(at, folder):
                yield -1, name
                return
            inner = _entered(at, folder, f"{release}/{'/'.join(folders[: number + 1])}", path)
            os.close(at)
            at = inner
        yield at, name
    finally:
        os.close(at)


def opened(top: Path, path: str) -> int:
    """Open a folder below another. Raises OSError where it, or one above it, is a link or none."""
    at = os.open(top, _FOLDER)
    for name in path.split("/"):
        try:
            inner = os.open(name, _FOLDER, dir_fd=at)
        finally:
            os.close(at)
        at = inner
    return at


def text_at(release: Path, path: str) -> str | None:
    """Return where the link at a path leads, "" for what is no link, None where nothing is."""
    folder, _, name = path.rpartition("/")
    try:
        at = opened(release, folder) if folder else os.open(release, _FOLDER)
    except FileNotFoundError:
        return None
    except OSError:
        return ""  # below a link of the commit
    try:
        return os.readlink(name, dir_fd=at)
    except FileNotFoundError:
        return None
    except OSError:
        return ""
    finally:
        os.close(at)


def _has(at: int, name: str) -> bool:
    try:
        os.lstat(name, dir_fd=at)
    except FileNotFoundError:
        return False
    return True


def remove(at: int, name: str) -> None:
    """Remove a file, a link or a folder with all that is in it, by descriptor."""
    try:
        os.unlink(name, dir_fd=at)
    except FileNotFoundError:
        pass
    except (IsADirectoryError, PermissionError):
        shutil.rmtree(name, dir_fd=at)


def _entered(at: int, name: str, shown: str, path: str) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=at)
    except OSError:
        kind = "a symbolic link" if stat.S_ISLNK(os.lstat(name, dir_fd=at).st_mode) else "no folder"
        raise Failure(
            f"{shown} is {kind} in the commit, so {path} below it cannot be linked: make it a"
            f" folder in the repository, or name another path"
        ) from None


def _switch(at: int, name: str, target: str) -> None:
    new = f".{name}.changeover"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new, dir_fd=at)
    os.symlink(target, new, dir_fd=at)
    with contextlib.suppress(FileNotFoundError):
        # a folder cannot be replaced by a rename
        if stat.S_ISDIR(os.lstat(name, dir_fd=at).st_mode):
            remove(at, name)
    os.rename(new, name, src_dir_fd=at, dst_dir_fd=at)
