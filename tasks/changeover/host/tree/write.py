"""Writing a commit into a folder, as its objects say and nothing else, and seeing that it is so."""

import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO, Protocol

from ..files import Failure
from .folders import LARGE
from .large import Pointer
from .look import SurveyRequest
from .names import DEEPEST, MOST, checked, find, told, within
from .objects import FOLDER, LINK, SUBMODULE, Entry, Objects, digest, started
from .parts import Part

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PART = 1 << 20
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write(request: SurveyRequest, mirror: Path, into: Path) -> None:
    """
    Write what the mirror has of a commit into an empty folder, and compare it.

    Nothing of ``.gitattributes`` is applied, no program of the repository's is run, no link is
    followed. Raises Failure, by name.
    """
    part = _taken(request, mirror)
    _go(part, request.directory, into, _Writing(mirror / LARGE))
    _go(part, request.directory, into, _Comparison())


def compare(request: SurveyRequest, mirror: Path, folder: Path) -> None:
    """
    Raise Failure, by name, unless a folder is a commit, and all of it.

    Each object of the commit is what its id says, from the commit down; so is each file, link and
    mode in the folder. Content of large files is what their pointers say.
    """
    _go(_taken(request, mirror), request.directory, folder, _Comparison())


def _taken(request: SurveyRequest, mirror: Path) -> Part:
    part, problems = request.survey(mirror, None)
    if problems:
        raise Failure("\n".join(problems))
    return part


def _go(part: Part, directory: str, folder: Path, act: "_Act") -> None:
    with _opened(str(folder)) as top:
        _Walk(act).part(part, directory, top)


@dataclass(frozen=True)
class _Place:
    """One name of a commit, and the open folder of the host where it belongs."""

    part: Part
    objects: Objects
    path: str
    """In the part."""
    entry: Entry
    at: int

    @property
    def pointer(self) -> Pointer | None:
        """Which content takes the place of what the commit has."""
        return self.part.large.get(self.path)

    @property
    def told(self) -> str:
        """The whole path, for people."""
        return told(within(self.part.path, self.path))


class _Act(Protocol):
    """What is done on the way through a commit."""

    def folder(self, path: str, entries: Sequence[Entry], at: int) -> None:
        """Look at an open folder as a whole."""

    def entry(self, place: _Place) -> None:
        """Do what is to be done at one place."""


class _Walk:
    """Goes through a commit, and beside it through a folder of the host, by descriptor."""

    def __init__(self, act: _Act) -> None:
        self._act, self._names = act, 0

    def part(self, part: Part, directory: str, at: int) -> None:
        """Go through a directory of a part."""
        with part.git.objects() as objects:
            top = find(objects, objects.tree(part.commit), directory)
            if top is None or top.kind != FOLDER:
                raise Failure(f"{told(directory)}: no folder of commit {part.commit}")
            self._folder(part, objects, directory, top.id, at)

    def _folder(self, part: Part, objects: Objects, path: str, tree: str, at: int) -> None:
        entries = checked(objects.entries(tree), path)
        self._names += len(entries)
        if self._names > MOST or path.count("/") > DEEPEST:
            raise Failure(f"{told(within(part.path, path))}: the commit holds too much")
        self._act.folder(within(part.path, path), entries, at)
        for entry in entries:
            place = _Place(part, objects, within(path, entry.name), entry, at)
            try:
                self._act.entry(place)
                if entry.kind in (FOLDER, SUBMODULE):
                    self._enter(place)
            except OSError as error:
                raise Failure(f"{place.told}: cannot be written: {error.strerror}") from None

    def _enter(self, place: _Place) -> None:
        with _opened(place.entry.name, place.at) as inner:
            if place.entry.kind == FOLDER:
                self._folder(place.part, place.objects, place.path, place.entry.id, inner)
            else:
                self.part(place.part.inner[place.path], "", inner)


class _Writing:
    """Makes everything; what has a name already is in the way."""

    def __init__(self, store: Path) -> None:
        self._store = store

    def folder(self, path: str, entries: Sequence[Entry], at: int) -> None:
        """Leave a folder as it is."""

    def entry(self, place: _Place) -> None:
        """Make a folder, a link or a file."""
        entry, at = place.entry, place.at
        if entry.kind in (FOLDER, SUBMODULE):
            os.mkdir(entry.name, 0o755, dir_fd=at)
        elif entry.kind == LINK:
            os.symlink(os.fsdecode(place.objects.read(entry.id, "blob")), entry.name, dir_fd=at)
        else:
            mode = 0o755 if entry.executable else 0o644
            descriptor = os.open(entry.name, _NEW, mode, dir_fd=at)
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                self._fill(file, place)

    def _fill(self, file: IO[bytes], place: _Place) -> None:
        pointer = place.pointer
        if pointer is None:
            place.objects.copy(place.entry.id, file)
        elif pointer.size:
            with pointer.stored(self._store).open("rb") as stored:
                shutil.copyfileobj(stored, file, _PART)


class _Comparison:
    """Believes nothing of what was written."""

    def folder(self, path: str, entries: Sequence[Entry], at: int) -> None:
        """Raise Failure unless a folder has the names of the commit, and no others."""
        wanted, found = {entry.name for entry in entries}, set(os.listdir(at))
        for name in sorted(wanted ^ found):
            why = "the release lacks it" if name in wanted else "the commit has no such name"
            raise Failure(f"{told(within(path, name))}: {why}; release again")

    def entry(self, place: _Place) -> None:
        """Raise Failure unless what is at a place is what the commit has there."""
        if not _is(place):
            raise Failure(
                f"{place.told}: what was written is not what the commit says; look at the host's"
                " disk, and release again"
            )


def _is(place: _Place) -> bool:
    entry, at = place.entry, place.at
    status = os.lstat(entry.name, dir_fd=at)
    if entry.kind in (FOLDER, SUBMODULE):
        return stat.S_ISDIR(status.st_mode)
    if entry.kind == LINK:
        if not stat.S_ISLNK(status.st_mode):
            return False
        return digest("blob", os.fsencode(os.readlink(entry.name, dir_fd=at))) == entry.id
    if not stat.S_ISREG(status.st_mode) or bool(status.st_mode & 0o100) != entry.executable:
        return False
    with os.fdopen(os.open(entry.name, _FILE, dir_fd=at), "rb") as file:
        pointer = place.pointer
        return pointer.is_of_file(file) if pointer else _id_of(file) == entry.id


def _id_of(file: BufferedReader) -> str:
    found = started("blob", os.fstat(file.fileno()).st_size)
    while part := file.read(_PART):
        found.update(part)
    return found.hexdigest()


@contextmanager
def _opened(name: str, at: int | None = None) -> Iterator[int]:
    descriptor = os.open(name, _FOLDER, dir_fd=at)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
