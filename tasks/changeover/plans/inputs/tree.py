"""An app's folder in a commit, as far as git was asked for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from posixpath import normpath

from changeover.plans.commit import Commit

ALL = "."
"""The whole folder of the app."""
LINK = "is a symbolic link in the commit: name what it leads to"
NOT_THERE = "is not in the commit; commit it"
LEADS_OUT = "leads out of the app's folder, and so out of the release: name what is in it"
UNREADABLE = "is no text in UTF-8, or over 8 MB, so nobody knows what it names"


@dataclass(frozen=True)
class Tree:
    """The folder; its paths are relative to the app."""

    commit: Commit | None
    directory: str = ALL
    """Where it is in the repository."""

    def in_repository(self, path: str) -> str:
        """Return where a path is in the repository, "" for all of that."""
        joined = normpath(join(self.directory, path))
        return "" if joined == ALL else joined

    def object_of(self, path: str) -> str | None:
        """Return git's object id of a path, None where it is not there."""
        return self.commit.objects.get(self.in_repository(path)) if self.commit else None

    def text_of(self, path: str) -> str | None:
        """Return the text of a file; None where there is none, or nobody asked for it yet."""
        return self.commit.texts.get(self.in_repository(path)) if self.commit else None

    def is_unreadable(self, path: str) -> bool:
        """Tell whether git was asked for the text of what is there, and it has none."""
        there = self.in_repository(path)
        asked = self.commit is not None and there in self.commit.texts
        return asked and self.text_of(path) is None and self.object_of(path) is not None

    def was_asked(self, path: str) -> bool:
        """Tell whether git was asked what is there."""
        return self.commit is not None and self.in_repository(path) in self.commit.objects

    def is_outside(self, path: str) -> bool:
        """Tell whether a path leads out of the repository."""
        return self.in_repository(path).startswith("..") and within(ALL, path) is None

    def links(self) -> dict[str, str]:
        """Return what each symbolic link of the app's folder leads to, as far as git was asked."""
        found = self.commit.parts.links if self.commit and self.commit.parts else {}
        folder = self.in_repository(ALL)
        if not folder:
            return dict(found)
        below = f"{folder}/"
        return {path[len(below) :]: to for path, to in found.items() if path.startswith(below)}

    def is_link(self, path: str) -> bool:
        """Tell whether it is a symbolic link: its object says nothing of what it leads to."""
        return self.commit is not None and self.in_repository(path) in self.commit.links


@dataclass(frozen=True)
class Inputs:
    """
    What of the app's folder something is made from.

    Nothing else of it is there when it is made, so its name, which takes all of this in, can be
    the same only where what is made is the same.
    """

    paths: tuple[str, ...] = ()
    """Files and folders, none within another; ``.`` is all."""
    asked: tuple[str, ...] = ()
    """All paths of which git has to be asked; ``paths`` are among them."""
    texts: tuple[str, ...] = ()
    """Files that name others, so that their text has to be known."""
    problems: tuple[str, ...] = ()
    """What cannot be made so: where, what is wrong, what to do."""
    local: tuple[str, ...] = ()
    """Folders of the app that what is made leads to: packages of its own."""
    in_place: bool = False
    """What is made leads to the release's own files, and so is of no use to another release."""

    def objects(self, tree: Tree) -> list[tuple[str, str | None]]:
        """Return each path with git's object id."""
        return [(path, tree.object_of(path)) for path in self.paths]


def join(directory: str, path: str) -> str:
    """Return a path below a folder; both may be ``.``."""
    if directory == ALL:
        return path
    return directory if path == ALL else f"{directory}/{path}"


def within(directory: str, path: str) -> str | None:
    """Return where a path that is relative to a folder leads in the app, None out of it."""
    found = normpath(join(directory, path))
    return None if found == ".." or found.startswith(("../", "/")) else found


def outermost(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the paths, sorted, without those within another."""
    found: list[str] = []
    for path in sorted(set(paths)):
        if not any(is_below(path, other) for other in found):
            found.append(path)
    return (ALL,) if ALL in found else tuple(found)


def is_below(path: str, folder: str) -> bool:
    """Tell whether a path is a folder, or in it."""
    return folder in (ALL, path) or path.startswith(f"{folder}/")
