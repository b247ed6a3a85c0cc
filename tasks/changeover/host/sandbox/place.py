"""
The output of a build, as real files in a release's own folder.

What runs looks for its packages, and for the files beside it, from where its own file really lies:
behind a link that would be the build's folder, where neither is. The files are other names of the
build's own, which nobody but root can write; where a file system has no such names, copies.
"""

import ctypes
import errno
import os
import stat
import subprocess
from contextlib import suppress
from pathlib import Path

from ..files import Failure, sync
from .link import above, clear, link, remove, text_at

PIVOT = ".changeover/build"
"""The link of a release that names the build whose output it has."""
GIVEN = ".changeover/given"
"""What the commit has where the output goes, for the build."""
_NEW, _OLD = ".changeover/output.new", ".changeover/output.old"
_EXCHANGE = 2
# what a kernel or a file system says that cannot exchange two names
_UNABLE = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)


def place(release: Path, path: str, build: Path) -> None:
    """
    Put a build's output at a path of a release, by one rename, in the place of what is there.

    The pivot comes last: a release without it does not have the output yet. Raises Failure, by
    name, where a part of the path is a link or no folder, or where there is no room.
    """
    text = os.path.relpath(build, (release / PIVOT).parent)
    if text_at(release, PIVOT) == text:
        return
    forget(release)
    _discard(release)
    _copy(build / "output", release)
    with above(release, path, make=True) as (at, name):
        _switch(release, at, name)
    _discard(release)
    subprocess.run(["sync", "-f", str(release)], check=True)
    link(release, PIVOT, text)


def forget(release: Path) -> None:
    """Take away the pivot: what the release has by then is not said to be any build's."""
    with suppress(FileNotFoundError):
        (release / PIVOT).unlink()
    sync((release / PIVOT).parent)


def aside(release: Path, path: str) -> str:
    """
    Put aside, for the build, what the commit has at a path of a release; return what became of it.

    A link is removed: what it leads to is not at that place. "" where nothing is there. Raises
    Failure, by name, where a part of the path is a link or no folder.
    """
    with above(release, path, make=False) as (at, name):
        try:
            status = os.lstat(name, dir_fd=at) if at >= 0 else None
        except FileNotFoundError:
            status = None
        if status is None:
            return ""
        if stat.S_ISLNK(status.st_mode):
            remove(at, name)
            return f"{path} of the commit gives way to what is made on the host"
        os.rename(name, release / GIVEN, src_dir_fd=at)
        return f"{path} of the commit is there for the build, and gives way to what that makes"


def _copy(source: Path, release: Path) -> None:
    # a file may have no more names, or none on this disk
    for how in ("-al", "-a"):
        done = subprocess.run(
            ["cp", how, "--", str(source), str(release / _NEW)],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode == 0:
            return
        clear(release, _NEW)
    said = done.stderr.strip().splitlines()
    raise Failure(f"{source} cannot be put into the release: {said[-1] if said else 'cp failed'}")


def _switch(release: Path, at: int, name: str) -> None:
    """Give the new output its name; what had it gets the new one's."""
    try:
        os.lstat(name, dir_fd=at)
    except FileNotFoundError:
        os.rename(release / _NEW, name, dst_dir_fd=at)
        return
    new = os.fsencode(release / _NEW)
    exchange = ctypes.CDLL(None, use_errno=True).renameat2
    if exchange(-100, new, at, os.fsencode(name), _EXCHANGE) == 0:
        return
    number = ctypes.get_errno()
    if number not in _UNABLE:
        raise OSError(number, os.strerror(number), name)
    os.rename(name, release / _OLD, src_dir_fd=at)
    os.rename(release / _NEW, name, dst_dir_fd=at)


def _discard(release: Path) -> None:
    for left in (_NEW, _OLD):
        clear(release, left)
