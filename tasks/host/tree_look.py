"""What a commit needs beside its own repository, told before anything is touched."""

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import tree_ask
from .tree_git import Git
from .tree_names import find, told, within
from .tree_objects import LINK
from .tree_parts import Part, Survey
from .tree_reach import Reach, Unreadable

# whenever what is told is another
_VERSION = 1
_LOOKED = "looked"
# enough to see what is wrong
_NAMED = 20


@dataclass(frozen=True)
class Wish:
    """The commit that is wished, and where it comes from."""

    repository: str
    commit: str
    directory: str
    """Of the app, "" for all of it."""
    app: str
    pinned: bool
    """The keys of ssh servers are pinned."""

    def survey(self, folder: Path, reach: Reach | None) -> tuple[Part, list[str]]:
        """Take the commit apart; return it, and what is wrong with it."""
        survey = Survey(folder, self.repository, self.app, pinned=self.pinned)
        return survey.take(self.commit, self.directory, reach), survey.problems


def look(wish: Wish, folder: Path, paths: Sequence[str], links: Sequence[str]) -> Iterator[str]:
    """
    Yield lines: git's object id of each path, which of ``links`` are symbolic links, and ``parts``.

    ``folder`` is a repository that has the commit without the content of its files, and remembers
    what was told: nobody is asked twice. Raises Unreadable where a server does not answer.
    """
    note = folder / _LOOKED / _digest(wish)
    about = _read(note)
    if about is None:
        about = _about(wish, folder)
        if not about["problems"]:  # what is wrong may be mended elsewhere
            _write(note, about)
    yield from _found(wish, folder, about["submodules"], paths, links)
    yield f"parts {json.dumps(about)}"


def _about(wish: Wish, folder: Path) -> dict[str, Any]:
    whole, problems = wish.survey(folder, Reach(whole=False))
    parts = list(whole.all())
    problems += [line for part in parts if part.large and part.endpoint for line in _lacking(part)]
    large = [pointer for part in parts for pointer in part.large.values()]
    return {
        "submodules": {
            part.path: {"commit": part.commit, "folder": str(part.git.folder.relative_to(folder))}
            for part in parts[1:]
        },
        "large": len(large),
        "kilobytes": sum(-(-pointer.size // 1024) for pointer in large),
        "problems": problems,
    }


def _lacking(part: Part) -> list[str]:
    """Return a line for each file whose content its LFS server does not have."""
    try:
        lacking = tree_ask.lacking(part.endpoint, part.large.values())
    except Unreadable as error:
        first = told(within(part.path, min(part.large)))
        raise Unreadable(f"{first} is on a Git LFS server: {error}") from None
    lines = [
        f"{told(within(part.path, path))}: the Git LFS server has no content for it"
        f" ({told(lacking[pointer.oid])}): push it there (git lfs push --all), or take it out"
        for path, pointer in part.large.items()
        if pointer.oid in lacking
    ]
    more = [f"{len(lines) - _NAMED} more files without content on the Git LFS server"]
    return lines[:_NAMED] + (more if len(lines) > _NAMED else [])


def _found(
    wish: Wish,
    folder: Path,
    submodules: Mapping[str, Mapping[str, str]],
    paths: Iterable[str],
    links: Iterable[str],
) -> Iterator[str]:
    """Yield what is at some paths, also where that is in a submodule."""
    asked = [(path, "path") for path in paths] + [(path, "link") for path in links]
    places = [(_place(path, submodules), path, kind) for path, kind in asked]
    for place in sorted({place for place, _, _ in places}):
        own = [(path, kind) for at, path, kind in places if at == place]
        part = submodules.get(place)
        git = Git(folder / part["folder"] if part else folder)
        with git.objects() as objects:
            tree = objects.tree(part["commit"] if part else wish.commit)
            for path, kind in own:
                entry = find(objects, tree, path.removeprefix(place).removeprefix("/"))
                if kind == "path":
                    yield f"path {entry.id if entry else '-'} {path}"
                elif entry and entry.kind == LINK:
                    yield f"link {path}"


def _place(path: str, submodules: Iterable[str]) -> str:
    """Return the submodule that a path is in; a submodule itself is in what it lies in."""
    return max((one for one in submodules if path.startswith(f"{one}/")), key=len, default="")


def _digest(wish: Wish) -> str:
    return hashlib.sha256(json.dumps([_VERSION, *vars(wish).values()]).encode()).hexdigest()


def _read(note: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(note.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _write(note: Path, about: Mapping[str, Any]) -> None:
    note.parent.mkdir(exist_ok=True)
    # another run may be writing it at this moment
    with tempfile.NamedTemporaryFile("w", dir=note.parent, delete=False) as file:
        file.write(json.dumps(about))
    Path(file.name).rename(note)
