"""How much room everything takes, and what a step left that did not come to its end."""

import os
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatchcase

from ..run import text
from .asked import Asked
from .files import entries, first_line, folders, is_file, is_folder

_NGINX = ("sites-available", "sites-enabled", "changeover")
# the app itself names files in shared, as many as it likes
_LOOKED = 100_000
_MOST = 1000
_DU_SECONDS = 600


def sizes(asked: Asked) -> dict[str, int]:
    """Tell the kilobytes of each release, environment, build and file of a backup."""
    found = {}
    for entry in folders(asked.releases):
        found[entry.path] = _size(entry.path, f"{entry.path}/.changeover/kilobytes")
    for entry in folders(asked.environments, asked.builds):
        if is_file(f"{entry.path}/.complete"):
            found[entry.path] = _size(entry.path, f"{entry.path}/.complete")
    for entry in entries(asked.backups):
        with suppress(FileNotFoundError):  # others may be at work on the host
            if entry.is_file(follow_symlinks=False):
                found[entry.path] = (entry.stat(follow_symlinks=False).st_blocks + 1) // 2
    if is_folder(asked.modules) or is_folder(asked.large):
        found |= dict(_counted(asked.modules, asked.large))
    return found


def _size(folder: str, note: str) -> int:
    """What is complete never changes: its size was noted then; else it is counted."""
    noted = first_line(note)
    return int(noted) if noted else next((size for _, size in _counted(f"{folder}/")), 0)


def _counted(*folders: str) -> Iterator[tuple[str, int]]:
    for line in text("du", "-sk", *folders, seconds=_DU_SECONDS).splitlines():
        kilobytes, _, path = line.partition("\t")
        yield path, int(kilobytes)


def leftovers(asked: Asked) -> dict[str, list[str]]:
    """Tell the paths of what never became complete, and the folders of which not all was seen."""
    ours = (asked.root, asked.state, f"{asked.state}/environments", asked.configuration)
    places = ("/etc/systemd/system", *(f"/etc/nginx/{name}" for name in _NGINX), asked.includes)
    named = (f"{asked.app}.*.changeover.*", f".{asked.app}.*.changeover.*")
    any_of_ours = (*ours, asked.shared)
    looked: list[tuple[str, tuple[str, ...]]] = [(one, ("*.changeover.*",)) for one in any_of_ours]
    looked += [(one, (*named, f"{asked.app}-*.changeover.*")) for one in places]
    found, crowded = list(_incomplete(asked)), []
    for folder, patterns in looked:
        there, all_seen = _like(folder, patterns)
        found += there
        crowded += [] if all_seen else [folder]
    return {"found": found, "crowded": crowded}


def _incomplete(asked: Asked) -> Iterator[str]:
    for folder in (asked.environments, asked.builds):
        for entry in entries(folder):
            whole = not entry.name.startswith(".") and is_file(f"{entry.path}/.complete")
            if entry.is_dir(follow_symlinks=False) and not whole:
                yield entry.path


def _like(folder: str, patterns: tuple[str, ...]) -> tuple[list[str], bool]:
    """
    Return what is in a folder by its name, and whether all of it was seen.

    A name with the end of a line in it names nothing.
    """
    found: list[str] = []
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as every:
        for number, entry in enumerate(every):
            if number == _LOOKED or len(found) == _MOST:
                return sorted(found), False
            if "\n" not in entry.name and any(fnmatchcase(entry.name, one) for one in patterns):
                found.append(entry.path)
    return sorted(found), True
