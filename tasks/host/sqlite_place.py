"""
Where a database really lies, seen with the rights of its app's user.

A link that root made is followed, and one of the app's inside of its own folder; one that leads
out of it is refused by name, and so is what is no plain file.
"""

import os
import stat
from pathlib import Path
from typing import NamedTuple

from .changeover_files import Failure
from .sqlite_files import COMPANIONS, companion

_MOST_LINKS = 40
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISLNK, "a symbolic link"),
)


class Place(NamedTuple):
    """A database as it was named, and whose it is."""

    database: Path
    user: str
    within: Path | None = None
    """The folder out of which no link of the app may lead; by default the database's own."""


class _Walk:
    """One way through folders and links."""

    def __init__(self, place: Place) -> None:
        base = place.within or place.database.parent
        self.allowed = [Path(os.path.realpath(base))]
        self.base = base
        self.links = 0
        self.suspect: Path | None = None
        """A link that the app made."""

    def end(self, path: Path) -> Path:
        """Return where a path leads."""
        at, ahead = Path("/"), list(reversed(path.parts[1:]))
        while ahead:
            name = ahead.pop()
            if name == "..":
                at = at.parent
                continue
            inner = at / name
            target = self.target(inner)
            if target is None:
                at = inner
                continue
            ahead += reversed([part for part in target.parts if part != "/"])
            at = Path("/") if target.is_absolute() else at
        if self.suspect and not any(at.is_relative_to(folder) for folder in self.allowed):
            raise self.leads_out()
        return at

    def target(self, path: Path) -> Path | None:
        """Return where a link leads, None for what is none."""
        try:
            found = path.lstat()
            if not stat.S_ISLNK(found.st_mode):
                return None
            target = path.readlink()
        except FileNotFoundError:
            return None
        except PermissionError:
            if self.suspect:
                raise self.leads_out() from None
            raise
        self.links += 1
        if self.links > _MOST_LINKS:
            raise Failure(f"{path} is a symbolic link that leads in a circle: look at it")
        if found.st_uid == 0:
            self.allowed.append(Path(os.path.realpath(path)))
        else:
            self.suspect = path
        return target

    def leads_out(self) -> Failure:
        """Return what is to be said of a link of the app's."""
        return Failure(
            f"{self.suspect} is a symbolic link out of {self.base}, which the app may not have:"
            " look where it leads, and put the file itself there"
        )


def located(place: Place) -> Path:
    """
    Return where the database lies, a plain file or nothing yet.

    Raises Failure, by name, for a link out of the app's folder and for what is no plain file.
    """
    path = _Walk(place).end(place.database.absolute())
    for one in files(path):
        require_plain(one)
    return path


def located_to_replace(place: Place) -> Path:
    """Return the same for one that will be moved out of the way, whatever it is."""
    path = place.database.absolute()
    try:
        return _Walk(place).end(path)
    except Failure:
        # what the app put in the file's place goes with it, but no folder is entered by a link
        return _Walk(place).end(path.parent) / path.name


def clear_way(place: Place, suffix: str) -> None:
    """
    Have the folder of a database be a folder again, so that one can be put there.

    A link of the app's out of its own folder, or what else lies in a folder's place, is renamed.
    """
    parent = place.database.absolute().parent
    for _ in range(_MOST_LINKS):
        walk = _Walk(place)
        try:
            found = walk.end(parent)
        except Failure:
            if walk.suspect is None:
                raise
            _rename_away(walk.suspect, suffix)
            continue
        if os.path.lexists(found) and not found.is_dir():
            _rename_away(found, suffix)
        return


def _rename_away(path: Path, suffix: str) -> None:
    path.rename(free(path, suffix))
    path.mkdir(mode=0o750)


def files(database: Path) -> list[Path]:
    """Return a database and what SQLite keeps beside it."""
    return [database, *(companion(database, suffix) for suffix in COMPANIONS)]


def any_exists(database: Path) -> bool:
    """Tell whether there is anything by the name of a database or of one of its companions."""
    return any(os.path.lexists(file) for file in files(database))


def free(path: Path, suffix: str) -> Path:
    """Return a name with a suffix under which neither a database nor a companion exists."""
    wanted = companion(path, f".{suffix}")
    name, number = wanted, 1
    while any_exists(name):
        number += 1
        name = companion(wanted, f"-{number}")
    return name


def require_plain(path: Path) -> None:
    """Refuse what is neither a plain file nor nothing at all."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        kind = next((kind for is_kind, kind in _KINDS if is_kind(mode)), "a device")
        raise Failure(f"{path} is {kind}, not a file: look at it, and put the file itself there")


def size(place: Place) -> int:
    """Return how many bytes a copy may take. Raises Failure where there is no database."""
    database = located(place)
    total = 0
    for path in (database, companion(database, "-wal")):
        try:
            total += path.lstat().st_size
        except FileNotFoundError:
            if path == database:
                raise Failure("there is no such file: check the path") from None
    return total


def identities(place: Place, *, strict: bool) -> list[list[int]]:
    """Return device and inode of each file of a database; where ``strict``, they must be files."""
    found = []
    for path in files(located(place) if strict else located_to_replace(place)):
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        found.append([status.st_dev, status.st_ino])
    return found


def set_aside(place: Place, suffix: str) -> list[str]:
    """Rename a database with its companions, whatever they are; the file itself last."""
    clear_way(place, suffix)
    database, moved = located_to_replace(place), []
    kept = free(database, suffix)
    for path in reversed(files(database)):
        target = kept.with_name(kept.name + path.name.removeprefix(database.name))
        if os.path.lexists(path):
            path.rename(target)
            moved.append(str(target))
    return moved
