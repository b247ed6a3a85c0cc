"""
Where a database really lies, seen with the rights of its app's user.

A link that root made is followed, and one of the app's inside of its own folder, to what is its
own; another one is refused by name, and so is what is no plain file.
"""

import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ..app import user as app_user
from ..files import Failure
from .files import COMPANIONS, companion

MOST_LINKS = 40
_MOST_NAMES = 100
_LONGEST_FOLDER = 3500
_PROCESSES = "/proc"
_SETTINGS = ".env"
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
    """
    One way through folders and links.

    Links of root's are followed up to the first link of the app's. From there on nothing but what
    lies in the folders that the app may have is reached, and no link of root's adds to those.
    """

    def __init__(self, place: Place, *, opens: bool = False, replaces: bool = False) -> None:
        """
        Begin; who ``opens`` gives himself the rights back to his own folders on the way.

        Who ``replaces`` follows no link of the app's in the place of the file itself.
        """
        self.base = place.within or place.database.parent
        self._opens = opens and os.geteuid() != 0
        self._replaces = replaces
        self.allowed = [_follow(self.base.absolute(), _led_by_root)]
        self.suspect: Path | None = None
        """The first link that the app made."""

    def end(self, path: Path) -> Path:
        """Return where a path leads."""
        at = _follow(path, self._target)
        if self.suspect and not self.is_inside(at):
            raise self.leads_out()
        return at

    def is_inside(self, path: Path) -> bool:
        """Tell whether a path is one that the app may have."""
        return any(path.is_relative_to(folder) for folder in self.allowed)

    def require_own(self, folder: Path) -> None:
        """Refuse a folder that a link of the app's leads to, if not all on the way is the app's."""
        if not self.suspect:
            return
        below = [one for one in folder.parents if self.is_inside(one) and one not in self.allowed]
        try:
            own = all(one.lstat().st_uid == os.geteuid() for one in (folder, *below))
        except OSError:
            own = False
        # names are made in it, which the kernel takes up to a length
        if not own or len(os.fsencode(folder)) > _LONGEST_FOLDER:
            raise self.leads_out()

    def open(self, folder: Path) -> None:
        """Have all rights to a folder of one's own, where that is wanted."""
        if not self._opens or not self.is_inside(folder):
            return
        found = folder.lstat()
        if found.st_uid == os.geteuid() and stat.S_ISDIR(found.st_mode):
            mode = stat.S_IMODE(found.st_mode)
            if mode & stat.S_IRWXU != stat.S_IRWXU:
                folder.chmod(mode | stat.S_IRWXU)

    def _target(self, path: Path, last: bool) -> Path | None:
        """Return where a link leads, None for what is none or is not followed."""
        try:
            self.open(path.parent)
            found = path.lstat()
            is_apps = bool(self.suspect) or found.st_uid != 0
            if not stat.S_ISLNK(found.st_mode) or (last and self._replaces and is_apps):
                return None
            target = path.readlink()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            if self.suspect:
                raise self.leads_out() from None
            raise
        if path.is_relative_to(_PROCESSES):
            # there a link leads where its text does not say
            raise self.leads_out() if self.suspect else Failure(f"{path} is not followed")
        if is_apps:
            self.suspect = self.suspect or path
        elif self.is_inside(path):
            self.allowed.append(_follow(path, _led_by_root))
        return target

    def leads_out(self) -> Failure:
        """Return what is to be said of a link of the app's."""
        return Failure(
            f"{self.suspect} is a symbolic link out of {self.base}, or to what is not the app's,"
            " which the app may not have: look where it leads, and put the file itself there"
        )


def _follow(path: Path, target_of: Callable[[Path, bool], Path | None]) -> Path:
    """Return where a path leads; of each name on it is asked where it leads, and if it is last."""
    at, ahead, links = Path("/"), list(reversed(path.parts[1:])), 0
    while ahead:
        name = ahead.pop()
        if name == "..":
            at = at.parent
            continue
        inner = at / name
        target = target_of(inner, not ahead)
        if target is None:
            at = inner
            continue
        links += 1
        if links > MOST_LINKS:
            raise Failure(f"{inner} is a symbolic link that leads in a circle: look at it")
        ahead += reversed([part for part in target.parts if part != "/"])
        at = Path("/") if target.is_absolute() else at
    return at


def _led_by_root(path: Path, _last: bool) -> Path | None:
    """Return where a link of root's leads, None for all else."""
    try:
        found = path.lstat()
        followed = stat.S_ISLNK(found.st_mode) and found.st_uid == 0
        return path.readlink() if followed and not path.is_relative_to(_PROCESSES) else None
    except OSError:
        return None


def located(place: Place) -> Path:
    """
    Return where the database lies, a plain file or nothing yet.

    Raises Failure, by name, for a link of the app's out of its folder or to what is not its own,
    and for what is no plain file.
    """
    walk = Walk(place)
    path = walk.end(place.database.absolute())
    for one in files(path):
        try:
            require_plain(one)
            is_own = not os.path.lexists(one) or one.lstat().st_uid == os.geteuid()
        except OSError:  # a name that is too long, say
            if not walk.suspect:
                raise
            is_own = False
        if walk.suspect and not is_own:
            raise walk.leads_out()
    return path


def located_to_replace(place: Place) -> Path:
    """
    Return where the database is to lie, whose files will be moved out of the way whatever they are.

    Where a link of the app's led there, nothing is done from here on but what the app may do.
    """
    path = place.database.absolute()
    walk = Walk(place, replaces=True)
    try:
        found = _replaceable(walk, walk.end(path))
    except Failure:
        # what is in the file's place goes, also a link of root's to what the app made unusable
        walk = Walk(place)
        found = _replaceable(walk, walk.end(path.parent) / path.name)
    if walk.suspect:
        app_user.give_up_rights()
    return found


def _replaceable(walk: Walk, path: Path) -> Path:
    walk.require_own(path.parent)
    if path.name == _SETTINGS:
        raise Failure(f"{path} holds the settings of the app: name another file for its data")
    return path


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
    """
    Return device and inode of each file of a database; where ``strict``, they must be files.

    Else it is one to be replaced, whatever it is.
    """
    paths = [] if strict else files(located_to_replace(place))
    try:
        # also what a link of the app's leads to, which is not moved
        paths += [one for one in files(located(place)) if one not in paths]
    except Failure:
        if strict:
            raise
    found = []
    for path in paths:
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        found.append([status.st_dev, status.st_ino])
    return found
