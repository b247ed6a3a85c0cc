"""What a release consists of: a commit's own files, submodules, and content on LFS servers."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..files import Failure
from . import address as tree_address
from . import large as tree_large
from . import telling as tree_telling
from .folders import MODULES
from .git import Git, GitError
from .large import LARGEST_POINTER, Pointer
from .names import OURS, find, told, walk, within
from .objects import FILE, FOLDER, LINK, SUBMODULE, Entry, Objects
from .reach import Reach, Refused, Unreadable
from .telling import LFS_FILE, MODULES_FILE, is_attributes

_DEEPEST = 10
_MOST = 200
# of Linux
_LONGEST_LINK = 4096


@dataclass
class Part:
    """One repository's share of a release: the commit itself, or a submodule."""

    path: str
    """Where it is in the commit; "" for the commit itself."""
    address: str
    commit: str
    git: Git
    large: dict[str, Pointer] = field(default_factory=dict)
    """Files whose content is on an LFS server, by path in this part."""
    endpoint: str = ""
    """The address of that server; "" where it is none that is asked."""
    links: dict[str, str] = field(default_factory=dict)
    """What each symbolic link leads to, by path in this part."""
    inner: dict[str, "Part"] = field(default_factory=dict)
    """Submodules, by path in this part."""

    def all(self) -> Iterator["Part"]:
        """Yield the part and all within."""
        yield self
        for part in self.inner.values():
            yield from part.all()


class Survey:
    """Takes a commit apart; what is wrong with it is gathered, each with what to do."""

    def __init__(self, folder: Path, repository: str, app: str, *, pinned: bool) -> None:
        """Begin with the commit's own repository in a folder, which has room for all others."""
        self._folder, self._repository = folder, repository
        self._app, self._pinned = app, pinned
        self.problems: list[str] = []
        self._count = 0

    def take(self, commit: str, directory: str, reach: Reach | None) -> Part:
        """
        Return what makes up the directory of a commit.

        ``reach`` gets what is missing; without one, all of it is there. Raises Unreadable.
        """
        part = Part("", self._repository, commit, Git(self._folder))
        self._look(part, directory, reach, 0)
        return part

    def _look(self, part: Part, directory: str, reach: Reach | None, depth: int) -> None:
        try:
            self._read(part, directory, reach, depth)
        except (Failure, GitError) as error:
            self._wrong(part.path, str(error))

    def _read(self, part: Part, directory: str, reach: Reach | None, depth: int) -> None:
        with part.git.objects() as objects:
            tree = objects.tree(part.commit)
            top = find(objects, tree, directory)
            if top is None or top.kind != FOLDER:
                return  # told where it is asked for
            found = dict(walk(objects, top.id, directory))
            if not part.path:
                self._ours(directory, found)
            links = {path: entry.id for path, entry in found.items() if entry.kind == LINK}
            telling = tree_telling.telling(objects, tree, directory, found)
            if reach:
                wanted = [*telling.values(), *links.values()]
                reach.contents(part.git, part.address, part.commit, wanted)
            for path, id_ in links.items():
                part.links[path] = os.fsdecode(objects.read(id_, "blob", _LONGEST_LINK))
            attributes = {path: telling[path] for path in telling if is_attributes(path)}
            texts = [objects.read(id_, "blob") for id_ in attributes.values()]
            if any(map(tree_large.may_hand_on, texts)):
                self._large(part, objects, found, attributes, reach)
            if part.large:
                part.endpoint = self._endpoint(part, telling)
        modules = {path: entry.id for path, entry in found.items() if entry.kind == SUBMODULE}
        addresses = tree_telling.addresses(part.git, telling) if modules else {}
        for path, commit in modules.items():
            self._module(part, path, commit, addresses.get(path, []), reach, depth)

    def _ours(self, directory: str, found: Mapping[str, Entry]) -> None:
        for path in (within(directory, name) for name in OURS):
            if path in found:
                why = "Changeover itself writes that into every release"
                self._wrong(path, f"{why}: take it out of the commit (git rm -r --cached {path})")

    def _large(
        self,
        part: Part,
        objects: Objects,
        found: Mapping[str, Entry],
        attributes: Mapping[str, str],
        reach: Reach | None,
    ) -> None:
        files = {path: entry.id for path, entry in found.items() if entry.kind == FILE}
        handed = tree_large.handed_on(part.git, attributes, files)
        if reach:
            wanted = [files[path] for path in handed]
            reach.contents(part.git, part.address, part.commit, wanted)
        sizes = part.git.sizes(files[path] for path in handed)
        for path in handed:
            if sizes[files[path]] > LARGEST_POINTER:
                continue  # committed as it is, in spite of what the attributes say
            try:
                if pointer := tree_large.pointer(objects.read(files[path], "blob")):
                    part.large[path] = pointer
            except Failure as error:
                self._wrong(within(part.path, path), str(error))

    def _endpoint(self, part: Part, telling: Mapping[str, str]) -> str:
        configured = tree_telling.server(part.git, telling)
        if configured and (why := self._address_problem(configured)):
            named = f"names {tree_address.shown(configured)}, {why}"
            self._wrong(within(part.path, LFS_FILE), named)
            return ""
        return tree_large.endpoint(part.address, configured)

    def _module(
        self,
        part: Part,
        path: str,
        commit: str,
        addresses: Sequence[str],
        reach: Reach | None,
        depth: int,
    ) -> None:
        whole = within(part.path, path)
        self._count += 1
        if depth == _DEEPEST or self._count > _MOST:
            many = f"more than {_MOST} submodules, or more than {_DEEPEST} in each other"
            self._wrong(whole, f"the commit has {many}")
            return
        if len(addresses) != 1:
            what = "two addresses" if addresses else "no address"
            self._wrong(
                whole,
                f"a submodule with {what} in {MODULES_FILE}: name one there, or take it out of the"
                f" commit (git rm --cached {path})",
            )
            return
        address = tree_address.joined(part.address, addresses[0])
        if why := self._address_problem(address):
            self._wrong(whole, f"a submodule at {tree_address.shown(address)}, {why}")
            return
        inner = Part(whole, address, commit, Git(self._folder / MODULES / _digest(address)))
        try:
            if reach:
                reach.commit(inner.git, address, commit)
        except Refused as error:
            self._wrong(whole, f"a submodule: {error}")
            return
        except Unreadable as error:
            raise Unreadable(f"{told(whole)}: a submodule: {error}") from None
        part.inner[path] = inner
        self._look(inner, "", reach, depth + 1)

    def _address_problem(self, address: str) -> str:
        return tree_address.problem(address, self._repository, pinned=self._pinned, app=self._app)

    def _wrong(self, path: str, why: str) -> None:
        self.problems.append(f"{told(path)}: {told(why)}" if path else told(why))


def _digest(address: str) -> str:
    return hashlib.sha256(address.encode(errors="surrogateescape")).hexdigest()[:32]
