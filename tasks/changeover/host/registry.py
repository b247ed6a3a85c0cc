"""Registries: what there is of one subject. An entry is a file beside its siblings, and a line."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Generic, TypeVar

Key = TypeVar("Key")
Entry = TypeVar("Entry")


class UnknownError(ValueError):
    """Nothing is registered by a name; the message says what is."""


class Registry(Generic[Key, Entry]):
    """
    The entries of one subject by their names, in the order of their lines.

    A name is a word, or the settings type by which a deploy file asks for the entry. One that is
    not there raises UnknownError: there is no default.
    """

    def __init__(self, subject: str, lines: Mapping[Key, Entry]) -> None:
        """Keep the lines; ``subject`` says what one entry is, such as ``process engine``."""
        self.subject = subject
        self._lines = dict(lines)

    def __getitem__(self, key: Key) -> Entry:
        """Return an entry. Raises UnknownError."""
        if key not in self._lines:
            known = ", ".join(map(_shown, self._lines)) or "none"
            raise UnknownError(f"{_shown(key)}: no such {self.subject}; there are: {known}")
        return self._lines[key]

    def __iter__(self) -> Iterator[Key]:
        """Return the names."""
        return iter(self._lines)

    def values(self) -> Collection[Entry]:
        """Return the entries."""
        return self._lines.values()

    def add(self, key: Key, entry: Entry) -> None:
        """Add an entry that is not in this package. Raises ValueError for a name that is taken."""
        if self._lines.setdefault(key, entry) is not entry:
            raise ValueError(f"{_shown(key)}: there is a {self.subject} of that name already")

    def require(
        self, package: str, path: Iterable[str] = (), *but: str, keys: Iterable[object] = ()
    ) -> None:
        """
        Raise ImportError for a file of the registry's folder, and for a key, that has no line.

        ``but`` are the files that make no entry. The controller asks, of the registries of hosts
        too: on a host there may be files of another version beside them.
        """
        homes = {_home(entry, package) for entry in self._lines.values()}
        missing = [_shown(key) for key in keys if key not in self._lines]
        missing += sorted(_modules(path) - homes - set(but))
        if missing:
            raise ImportError(f"{', '.join(missing)}: no line in the registry of {package}")


def _shown(key: object) -> str:
    return key.__name__ if isinstance(key, type) else str(key)


def _home(entry: object, package: str) -> str:
    """Return the file of a folder in which an entry was made."""
    return str(getattr(entry, "__module__", "")).removeprefix(f"{package}.").partition(".")[0]


def _modules(path: Iterable[str]) -> set[str]:
    found = [one for folder in path for one in Path(folder).iterdir()]
    own = [one for one in found if not one.name.startswith("__")]
    return {one.stem for one in own if one.suffix == ".py" or one.is_dir()}
