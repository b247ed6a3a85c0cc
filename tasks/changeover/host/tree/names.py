"""Names in a commit: what may be written below a release, and where something is."""

from collections.abc import Iterator

from ..files import Failure
from ..shown_text import shown
from .objects import FOLDER, Entry, Objects

DEEPEST = 200
# trees can name each other in a way that a small commit has names without end
MOST = 500_000
_OF_GIT = (".git", "git~1")
OURS = (".changeover", "REVISION")
"""What is written into every release beside the commit."""


def checked(entries: list[Entry], folder: str) -> list[Entry]:
    """Return what a folder of a commit holds. Raises Failure, by name, where it is not sound."""
    names = set()
    for entry in entries:
        path = within(folder, entry.name)
        if entry.name in ("", ".", "..") or "/" in entry.name:
            raise Failure(f"{told(path)}: a name that leads elsewhere; take it out of the commit")
        if entry.name.casefold() in _OF_GIT:
            raise Failure(f"{told(path)}: a name of git's own; take it out of the commit")
        if entry.name in names:
            raise Failure(f"{told(path)}: two things of one name; make the commit anew")
        names.add(entry.name)
    return entries


def walk(objects: Objects, tree: str, folder: str) -> Iterator[tuple[str, Entry]]:
    """
    Yield each path below a folder of a commit, and what it is; folders before what they hold.

    Raises Failure where a name is not sound, or there are too many.
    """
    waiting, count = [(folder, tree, 0)], 0
    while waiting:
        at, tree, depth = waiting.pop()
        entries = checked(objects.entries(tree), at)
        count += len(entries)
        if count > MOST or depth > DEEPEST:
            raise Failure(
                f"{told(at)}: the commit holds more than {MOST} files, or more than {DEEPEST}"
                " folders in each other"
            )
        for entry in entries:
            path = within(at, entry.name)
            yield path, entry
            if entry.kind == FOLDER:
                waiting.append((path, entry.id, depth + 1))


def find(objects: Objects, tree: str, path: str) -> Entry | None:
    """Return what a commit has at a path, its whole tree for ""; None where it has nothing."""
    found = Entry(FOLDER, "", tree)
    for name in path.split("/") if path else ():
        if found.kind != FOLDER:
            return None
        named = [entry for entry in objects.entries(found.id) if entry.name == name]
        if not named:
            return None
        found = named[0]
    return found


def within(folder: str, path: str) -> str:
    """Return a path of a folder as one of what the folder lies in."""
    return f"{folder}/{path}" if folder and path else folder or path


def told(path: str) -> str:
    """Return a path so that no name can write to a terminal or look like another line."""
    return shown(path).replace("\n", "\\n").replace("\t", "\\t")
