"""What a commit needs beside its own repository, told before anything is touched."""

import base64
import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import ask
from .git import Git, GitError
from .names import find, told, within
from .objects import FILE, LINK, Entry, Objects
from .parts import Part, Survey
from .reach import Reach, Unreadable

# whenever what is told is another
_VERSION = 3
_LOOKED = "looked"
# enough to see what is wrong
_NAMED = 20
_LONGEST_TEXT = 8 << 20


@dataclass(frozen=True)
class SurveyRequest:
    """The commit that is wanted, and where it comes from."""

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


@dataclass(frozen=True)
class Asked:
    """What is to be told of paths, also where they are in a submodule."""

    paths: Sequence[str]
    """Git's object id."""
    links: Sequence[str]
    """Whether it is a symbolic link."""
    texts: Sequence[str]
    """The content of a file, in base64: ``-`` where there is none, or it is over 8 MB."""

    def by_part(self, submodules: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
        """Return kind and path of each question, by the submodule that the path is in."""
        known = list(submodules)
        found: dict[str, list[tuple[str, str]]] = {}
        for kind, paths in (("path", self.paths), ("link", self.links), ("text", self.texts)):
            for path in paths:
                found.setdefault(_place(path, known), []).append((kind, path))
        return dict(sorted(found.items()))


def look(request: SurveyRequest, folder: Path, asked: Asked) -> Iterator[str]:
    """
    Yield a line for each answer, ``KIND ANSWER PATH``, and one that begins with ``parts``.

    ``folder`` is a repository that has the commit without the content of its files, and remembers
    what was told: nobody is asked twice. Raises Unreadable where a server does not answer.
    """
    note = folder / _LOOKED / _digest(request)
    about = _read(note)
    if about is None:
        about = _about(request, folder)
        if not about["problems"]:  # what is wrong may be mended elsewhere
            _write(note, about)
    yield from _found(request, folder, about["submodules"], asked)
    yield f"parts {json.dumps(about)}"


def _about(request: SurveyRequest, folder: Path) -> dict[str, Any]:
    whole, problems = request.survey(folder, Reach(whole=False))
    parts = list(whole.all())
    problems += [line for part in parts if part.large and part.endpoint for line in _lacking(part)]
    large = [pointer for part in parts for pointer in part.large.values()]
    return {
        "submodules": {
            part.path: {
                "commit": part.commit,
                "folder": str(part.git.folder.relative_to(folder)),
                "address": part.address,
            }
            for part in parts[1:]
        },
        "links": {within(part.path, path): to for part in parts for path, to in part.links.items()},
        "large": len(large),
        "kilobytes": sum(-(-pointer.size // 1024) for pointer in large),
        "problems": problems,
    }


def _lacking(part: Part) -> list[str]:
    """Return a line for each file whose content its LFS server does not have."""
    try:
        lacking = ask.lacking(part.endpoint, part.large.values())
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
    request: SurveyRequest, folder: Path, submodules: Mapping[str, Mapping[str, str]], asked: Asked
) -> Iterator[str]:
    own = {"commit": request.commit, "folder": ".", "address": request.repository}
    for place, questions in asked.by_part(submodules).items():
        part = submodules.get(place, own)
        git = Git(folder / part["folder"])
        with git.objects() as objects:
            tree = objects.tree(part["commit"])
            entries = {
                path: find(objects, tree, path.removeprefix(place).removeprefix("/"))
                for _, path in questions
            }
            files = [one for kind, path in questions if kind == "text" and (one := entries[path])]
            sizes = _sizes(git, part, [one.id for one in files if one.kind == FILE])
            for kind, path in questions:
                yield from _answer(kind, path, entries[path], sizes, objects)


def _sizes(git: Git, part: Mapping[str, str], ids: Sequence[str]) -> dict[str, int]:
    """Have the content of files, and return its sizes; who has it already asks nobody."""
    try:
        return git.sizes(ids)
    except GitError:  # it may fetch none by itself
        Reach(whole=False).contents(git, part["address"], part["commit"], ids)
        return git.sizes(ids)


def _answer(
    kind: str, path: str, entry: Entry | None, sizes: Mapping[str, int], objects: Objects
) -> Iterator[str]:
    if kind == "link":
        if entry and entry.kind == LINK:
            yield f"link {path}"
    elif kind == "path":
        yield f"path {entry.id if entry else '-'} {path}"
    elif entry is None or entry.kind != FILE or sizes[entry.id] > _LONGEST_TEXT:
        yield f"text - {path}"
    else:
        text = objects.read(entry.id, "blob", _LONGEST_TEXT)
        yield f"text {base64.b64encode(text).decode()} {path}"


def _place(path: str, submodules: Iterable[str]) -> str:
    """Return the submodule that a path is in; a submodule itself is in what it lies in."""
    return max((one for one in submodules if path.startswith(f"{one}/")), key=len, default="")


def _digest(request: SurveyRequest) -> str:
    return hashlib.sha256(json.dumps([_VERSION, *vars(request).values()]).encode()).hexdigest()


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
