"""What a Python environment is made from: its lock, and all that this names of the tree."""

from dataclasses import dataclass, field
from posixpath import dirname

from changeover.plans.inputs.links import followed
from changeover.plans.inputs.tree import (
    ALL,
    LEADS_OUT,
    LINK,
    NOT_THERE,
    UNREADABLE,
    Inputs,
    Tree,
    join,
    outermost,
    within,
)
from changeover.plans.packages.uv import pyproject
from changeover.plans.packages.uv.requirements import ARCHIVES, Kind, Named, parse
from changeover.settings.python import Python

_PROJECT, _UV = "pyproject.toml", "uv.toml"
_DEEPEST = 20


@dataclass(frozen=True)
class PythonInputs(Inputs):
    """Beside that, how the lock is to be taken."""

    hashed: bool = False
    """Packages of an index have hashes, so all must have one."""
    builds: bool = False
    """Something is built from the tree: that has no hash."""
    extras: tuple[str, ...] = ()
    """Paths of such, with extras that the lock asks for: ``libs/shop[fast]``."""

    @property
    def are_judged(self) -> bool:
        """Tell whether the lock alone says what is installed, so that something may be missing."""
        return self.hashed and self.builds


def inputs(python: Python, tree: Tree) -> PythonInputs:
    """Return what is known so far; of what has no text yet, git has to be asked again."""
    look = _Look(python, tree)
    look.settings()
    look.file(python.lock, lock=True, depth=0)
    for path in python.reads:
        look.take(path, f"Python(reads=...): {path}")
    return followed(look.found(), tree)


@dataclass
class _Look:
    """One walk through a lock and what it names."""

    python: Python
    tree: Tree
    paths: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    without_hash: list[str] = field(default_factory=list)
    in_place: bool = False
    hashed: bool = False
    builds: bool = False
    extras: list[str] = field(default_factory=list)
    seen: set[tuple[str, bool]] = field(default_factory=set)
    projects: set[str] = field(default_factory=set)

    def found(self) -> PythonInputs:
        """Return what was found."""
        problems = list(self.problems)
        if self.hashed and self.builds:
            problems += [
                f"{where}: has no --hash, and others have: give all of them one"
                for where in self.without_hash
            ]
        return PythonInputs(
            paths=outermost(self.paths),
            asked=tuple(dict.fromkeys([*self.asked, *self.paths])),
            texts=tuple(dict.fromkeys(self.texts)),
            problems=tuple(dict.fromkeys(problems)),
            in_place=self.in_place,
            hashed=self.hashed,
            builds=self.builds,
            extras=tuple(dict.fromkeys(self.extras)),
        )

    def settings(self) -> None:
        """Take in uv's own settings, which it reads in the folder where it runs."""
        self.asked.append(_UV)
        text = self.text(_PROJECT)
        if text is not None and pyproject.parse(text).sets_uv:
            self.paths.append(_PROJECT)
        if self.tree.object_of(_UV):
            self.paths.append(_UV)

    def file(self, path: str, *, lock: bool, depth: int) -> None:
        """Take in a file of requirements; ``lock`` says that it says what is installed."""
        if (path, lock) in self.seen:
            return  # named twice, or by itself
        self.seen.add((path, lock))
        self.paths.append(path)
        if self.tree.is_link(path):
            self.problems.append(f"{path}: {LINK}")
        if path.endswith(".toml"):
            self.project(dirname(path) or ALL, path)
            return
        text = self.text(path)
        if depth > _DEEPEST:
            self.problems.append(f"{path}: over {_DEEPEST} files name one another")
        elif text is not None:
            self.requirements(path, text, lock=lock, depth=depth)

    def requirements(self, path: str, text: str, *, lock: bool, depth: int) -> None:
        """Take in what a text names."""
        read = parse(text)
        self.problems += [f"{path}: line {line}: {what}" for line, what in read.problems]
        if lock:
            self.hashed = self.hashed or read.hashed
            self.without_hash += [f"{path}: line {line}" for line in read.without_hash]
        for named in read.named:
            self.named(named, path, lock=lock, depth=depth)

    def named(self, named: Named, at: str, *, lock: bool, depth: int) -> None:
        """Take in what a line names."""
        where = f"{at}: line {named.line}: {named.path}"
        beside = within(dirname(at) or ALL, named.path)
        if named.kind in (Kind.FILE, Kind.CONSTRAINTS):
            if beside is None:
                self.leads_out(where)
            elif self.is_there(beside, where):
                self.file(beside, lock=lock and named.kind is Kind.FILE, depth=depth + 1)
            return
        here = within(ALL, named.path)
        if named.kind is Kind.PLACE:
            # pip looks beside the file first, then where it runs
            self.asked += [path for path in (beside, here) if path]
            there = [path for path in (beside, here) if path and self.tree.object_of(path)]
            here = there[0] if there else beside if here is None else here
        if here is None:
            self.leads_out(where)
        elif named.kind is Kind.PLACE:
            self.take(here, where)
        else:
            self.extras += [f"{here}{named.extras}"] if named.extras else []
            self.package(here, where, in_place=named.kind is Kind.EDITABLE)

    def package(self, path: str, where: str, *, in_place: bool) -> None:
        """Take in a package of the tree, and those that it names itself."""
        self.builds = True
        self.in_place = self.in_place or in_place
        if self.take(path, where) and not path.lower().endswith(ARCHIVES):
            self.project(path, join(path, _PROJECT))
            self.workspace(path)

    def workspace(self, path: str) -> None:
        """Take in what the root of a package's workspace says: it counts for its members."""
        while path != ALL:
            path = dirname(path) or ALL
            file = join(path, _PROJECT)
            text = self.text(file)
            about = pyproject.parse(text) if text is not None else pyproject.Project()
            if about.has_members and (about.paths or about.workspace):
                self.paths.append(file)
                self.project(path, file)

    def project(self, folder: str, file: str) -> None:
        """Take in what a project names; its folder may be a single file that is none."""
        text = None if file in self.projects else self.text(file)
        self.projects.add(file)
        if text is None:
            return
        about = pyproject.parse(text)
        if about.problem:
            self.problems.append(f"{file}: {about.problem}")
        self.in_place = self.in_place or about.in_place
        if about.workspace:
            self.paths.append(ALL)
        for path in about.paths:
            there = within(folder, path)
            if there is None:
                self.leads_out(f"{file}: {path}")
            else:
                self.package(there, f"{file}: {path}", in_place=False)

    def text(self, path: str) -> str | None:
        """Return the text of a file, None where it is not known (yet)."""
        self.asked.append(path)
        self.texts.append(path)
        if self.tree.is_unreadable(path):
            self.problems.append(f"{path}: {UNREADABLE}")
        return self.tree.text_of(path)

    def take(self, path: str, where: str) -> bool:
        """Take in a path, if it is there; tell whether it is, as far as is known."""
        self.paths.append(path)
        return self.is_there(path, where)

    def is_there(self, path: str, where: str) -> bool:
        """Name what is known not to be there, and what is a link of the commit."""
        self.asked.append(path)
        if self.tree.is_link(path):
            self.problems.append(f"{where}: {LINK}")
            return False
        if self.tree.was_asked(path) and self.tree.object_of(path) is None:
            self.problems.append(f"{where}: {NOT_THERE}")
            return False
        return True

    def leads_out(self, where: str) -> None:
        """Name what lies elsewhere."""
        self.problems.append(f"{where}: {LEADS_OUT}")
