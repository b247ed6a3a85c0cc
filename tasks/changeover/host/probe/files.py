"""Reading files, of which some are the app's, who may have put anything there."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MOST = 2 << 20


class UnreadableError(Exception):
    """Something is there that nobody can read as it is."""


def read_plain(path: str, most: int | None = None) -> bytes | None:
    """
    Return what is in a file that the app may have put there; None where it is no plain file.

    No link, no pipe, and no more than 2 MB: of a longer one the first ``most`` bytes, and where
    nobody says how many, UnreadableError is raised. Root reads it: a process that read it as the
    app could be used by the app to leave its walls.
    """
    try:
        descriptor = os.open(path, _OPEN)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            found = file.read(_MOST + 1 if most is None else most)
    finally:
        os.close(descriptor)
    if most is None and len(found) > _MOST:
        raise UnreadableError(f"{path} is larger than 2 MB: look at it")
    return found


def exists(path: str) -> bool:
    """Tell whether there is something, at the end of all links."""
    return os.path.exists(path)  # noqa: PTH110 - a link of the app's may make pathlib raise


def is_file(path: str) -> bool:
    """Tell whether there is a file, at the end of all links."""
    return os.path.isfile(path)  # noqa: PTH113 - likewise


def is_folder(path: str) -> bool:
    """Tell whether there is a folder, at the end of all links."""
    return os.path.isdir(path)  # noqa: PTH112 - likewise


def leads_to(link: str) -> str | None:
    """Return what a link of root's says; None where it is none."""
    try:
        return str(Path(link).readlink())
    except OSError:
        return None


def content(path: str) -> bytes | None:
    """
    Return what is in a file of root's; None where there is none.

    What is there one moment may be gone the next, as others may be at work on the host.
    """
    try:
        return Path(path).read_bytes() if is_file(path) else None
    except FileNotFoundError:
        return None


def content_of_app(path: str) -> bytes | None:
    """
    Return what is in a file that root keeps for the app; None where there is none.

    One that is not root's own is the app's, which may have led it elsewhere: then nothing is in it.
    """
    if _is_own(path):
        return content(path)
    return read_plain(path) or b"" if is_file(path) else None


def _is_own(path: str) -> bool:
    try:
        found = Path(path).lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()


def first_line(path: str) -> str:
    """Return the first line of a file of root's own, "" where none can be read."""
    try:
        with Path(path).open("rb") as file:
            return file.readline(1 << 16).decode("utf-8", "surrogateescape").rstrip("\n")
    except OSError:
        return ""


def entries(folder: str) -> Iterator["os.DirEntry[str]"]:
    """Yield what is in a folder, by name; nothing where there is none."""
    try:
        with os.scandir(folder) as found:
            yield from sorted(found, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return


def folders(*where: str) -> Iterator["os.DirEntry[str]"]:
    """Yield the folders in others whose names are not hidden."""
    for folder in where:
        for entry in entries(folder):
            if not entry.name.startswith(".") and entry.is_dir():
                yield entry
