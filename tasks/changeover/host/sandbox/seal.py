"""
Taking over a folder that a build user has filled: from then on nobody but root may write there.

The folder is walked by descriptors, never through a link. What could let somebody else write or
do harm later is taken away (owner, group's and others' rights to write, set-id bits, access
lists) or refused by name: a file with a second name elsewhere, one that somebody still has open
for writing, pipes, sockets and devices.
"""

import contextlib
import errno
import fcntl
import os
import signal
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..app.processes import kill_user
from ..files import Failure
from . import made as sandbox_made

COMPLETE = ".complete"
DEEPEST = 200
# the largest trees of packages have a tenth of that
MOST = 2_000_000
_ACCESS_LISTS = ("system.posix_acl_access", "system.posix_acl_default")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_BLOCK = 512


@dataclass
class _Linked:
    """A file with several names."""

    path: str
    names: int
    seen: int = 0


@dataclass(frozen=True)
class Made:
    """What a folder held before, and below what all that is new is shown."""

    given: Collection[str]
    whole: str = ""


class _Seal:
    """One walk through a folder."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.bytes = 0
        self.names = 0
        self.found: dict[int, _Linked] = {}

    def folder(self, descriptor: int, path: str, depth: int) -> None:
        """Take over what an open folder holds, then itself."""
        if depth > DEEPEST:
            raise Failure(f"{path} lies more than {DEEPEST} folders deep")
        _take(descriptor, 0o755)
        # one after the other: all names of a folder may be more than memory holds
        with os.scandir(descriptor) as entries:
            for entry in entries:
                self.names += 1
                if self.names > MOST:
                    raise Failure(f"{self.top} holds more than {MOST} files and folders")
                self.entry(entry, descriptor, f"{path}/{entry.name}", depth)

    def entry(self, entry: os.DirEntry[str], folder: int, path: str, depth: int) -> None:
        """Take over what has a name in an open folder."""
        status = entry.stat(follow_symlinks=False)
        self.bytes += status.st_blocks * _BLOCK
        if stat.S_ISDIR(status.st_mode):
            with _opened(entry.name, _FOLDER, folder) as opened:
                self.folder(opened, path, depth + 1)
        elif stat.S_ISREG(status.st_mode):
            self.file(entry.name, folder, path)
        elif stat.S_ISLNK(status.st_mode):
            os.chown(entry.name, 0, 0, dir_fd=folder, follow_symlinks=False)
        else:
            raise Failure(f"{_shown(path)} is a pipe, a socket or a device")

    def file(self, name: str, folder: int, path: str) -> None:
        """Take over one file."""
        with _opened(name, _FILE, folder) as opened:
            status = os.fstat(opened)
            if not stat.S_ISREG(status.st_mode):
                raise Failure(f"{_shown(path)} is no file any more")
            if status.st_nlink > 1:
                self.found.setdefault(status.st_ino, _Linked(path, status.st_nlink)).seen += 1
            _take(opened, 0o755 if status.st_mode & stat.S_IXUSR else 0o644)
            _require_closed(opened, path)

    def require_own(self) -> None:
        """Refuse a file that has a name outside of the folder too."""
        for file in self.found.values():
            if file.names > file.seen:
                raise Failure(f"{_shown(file.path)} has another name outside of its folder")


def seal(path: Path, user: str, *, complete: bool, made: Made | None = None) -> int:
    """
    Make a folder root's alone and return its size in kilobytes.

    ``user`` is who filled it; all of that user's processes are killed. Where ``complete``, the
    file ``.complete`` with the size is written last: a folder without it does not count.
    ``made`` tells what of its folder of that name stays. Raises Failure with the path that cannot
    be taken over.
    """
    kill_user(user)
    if made is not None:
        sandbox_made.keep(path, made.given, made.whole)
    seal = _Seal(path)
    with _opened(str(path), _FOLDER) as top:
        seal.folder(top, str(path), 0)
        seal.require_own()
        kilobytes = (seal.bytes >> 10) + 4
        if complete:
            _note(top, kilobytes)
    return kilobytes


def _take(descriptor: int, mode: int) -> None:
    os.fchown(descriptor, 0, 0)
    for name in _ACCESS_LISTS:
        with contextlib.suppress(OSError):  # most have none
            os.removexattr(descriptor, name)
    os.fchmod(descriptor, mode)


def _require_closed(descriptor: int, path: str) -> None:
    """
    Refuse a file that anybody has open for writing, also where only a message holds it.

    The kernel grants a lease for reading only where there is no such descriptor (fcntl(2)).
    """
    # it is told of a writer that comes meanwhile; nobody may
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        if error.errno == errno.EAGAIN:
            raise Failure(f"{_shown(path)} is still open for writing somewhere") from None
        if error.errno != errno.EINVAL:  # the file system knows no leases
            raise


def _note(top: int, kilobytes: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(COMPLETE, dir_fd=top)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(COMPLETE, flags, 0o644, dir_fd=top), "w") as file:
        file.write(f"{kilobytes}\n")


@contextlib.contextmanager
def _opened(name: str, flags: int, folder: int | None = None) -> Iterator[int]:
    try:
        descriptor = os.open(name, flags, dir_fd=folder)
    except OSError as error:
        raise Failure(f"{_shown(name)} cannot be opened: {error.strerror}") from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _shown(path: str) -> str:
    """Return a path so that no name can write to a terminal or look like another line."""
    return path if path.isprintable() else repr(path)
