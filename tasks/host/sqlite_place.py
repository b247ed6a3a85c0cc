"""
Where a database really lies, seen with the rights of its app's user.

A link that root made is followed, and one of the app's inside of its own folder; one that leads
out of it is refused by name, and so is what is no plain file.
"""

import os
import secrets
import stat
from pathlib import Path
from typing import NamedTuple

from .changeover_files import Failure
from .sqlite_files import COMPANIONS, companion

MOST_LINKS = 40
_MOST_NAMES = 100
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


class Walk:
    """One way through folders and links."""

    def __init__(self, place: Place, *, opens: bool = False) -> None:
        """Begin; who ``opens`` gives himself the rights back to his own folders on the way."""
        base = place.within or place.database.parent
        self._opens = opens and os.geteuid() != 0
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
            self.open(at)
            target = self.target(inner)
            if target is None:
                at = inner
                continue
            ahead += reversed([part for part in target.parts if part != "/"])
            at = Path("/") if target.is_absolute() else at
        if self.suspect and not self.is_inside(at):
            raise self.leads_out()
        return at

    def is_inside(self, path: Path) -> bool:
        """Tell whether a path is one that the app may have."""
        return any(path.is_relative_to(folder) for folder in self.allowed)

    def open(self, folder: Path) -> None:
        """Have all rights to a folder of one's own, where that is wished."""
        if not self._opens or not self.is_inside(folder):
            return
        found = folder.lstat()
        if found.st_uid == os.geteuid() and stat.S_ISDIR(found.st_mode):
            mode = stat.S_IMODE(found.st_mode)
            if mode & stat.S_IRWXU != stat.S_IRWXU:
                folder.chmod(mode | stat.S_IRWXU)

    def target(self, path: Path) -> Path | None:
        """Return where a link leads, None for what is none."""
        try:
            found = path.lstat()
            if not stat.S_ISLNK(found.st_mode):
                return None
            target = path.readlink()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except PermissionError:
            if self.suspect:
                raise self.leads_out() from None
            raise
        self.links += 1
        if self.links > MOST_LINKS:
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
    path = Walk(place).end(place.database.absolute())
    for one in files(path):
        require_plain(one)
    return path


def located_to_replace(place: Place) -> Path:
    """Return the same for one that will be moved out of the way, whatever it is."""
    path = place.database.absolute()
    try:
        return Walk(place).end(path)
    except Failure:
        # what the app put in the file's place goes with it, but no folder is entered by a link
        return Walk(place).end(path.parent) / path.name


def files(database: Path) -> list[Path]:
    """Return a database and what SQLite keeps beside it."""
    return [database, *(companion(database, suffix) for suffix in COMPANIONS)]


def any_exists(database: Path) -> bool:
    """Tell whether there is anything by the name of a database or of one of its companions."""
    return any(os.path.lexists(file) for file in files(database))


def free(path: Path, suffix: str) -> Path:
    """Return a name with a suffix under which neither a database nor a companion exists."""
    wanted = companion(path, f".{suffix}")
    counted = (wanted, *(companion(wanted, f"-{number}") for number in range(2, _MOST_NAMES)))
    unused = next((name for name in counted if not any_exists(name)), None)
    # the app may have taken as many names as it likes
    return unused or companion(wanted, f"-{secrets.token_hex(8)}")


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
