"""How much room everything takes, and what a step left that did not come to its end."""

from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from itertools import islice

from ..run import text
from .asked import Asked
from .files import entries, first_line, folders, is_file, is_folder

_NGINX = ("sites-available", "sites-enabled", "changeover")
# the app itself names files in shared, as many as it likes
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


def leftovers(asked: Asked) -> list[str]:
    """Tell the paths of what never became complete."""
    ours = (asked.root, asked.state, f"{asked.state}/environments", asked.configuration)
    places = ("/etc/systemd/system", *(f"/etc/nginx/{name}" for name in _NGINX), asked.includes)
    named = (f"{asked.app}.*.changeover.*", f".{asked.app}.*.changeover.*")
    return [
        *_incomplete(asked),
        *islice(_like((*ours, asked.shared), "*.changeover.*"), _MOST),
        *_like(places, *named, f"{asked.app}-*.changeover.*"),
    ]


def _incomplete(asked: Asked) -> Iterator[str]:
    for folder in (asked.environments, asked.builds):
        for entry in entries(folder):
            whole = not entry.name.startswith(".") and is_file(f"{entry.path}/.complete")
            if entry.is_dir(follow_symlinks=False) and not whole:
                yield entry.path


def _like(where: tuple[str, ...], *patterns: str) -> Iterator[str]:
    """Yield what is in folders by its name; one with the end of a line in it names nothing."""
    for folder in where:
        for entry in entries(folder):
            if "\n" not in entry.name and any(fnmatchcase(entry.name, one) for one in patterns):
                yield entry.path
