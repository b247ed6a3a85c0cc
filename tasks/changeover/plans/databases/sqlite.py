"""SQLite: the URL resolved, through shared paths, to one file."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from changeover.host.sqlite.address import SCHEME, file_of, named
from changeover.plans.databases.kind import Location, Told, Words
from changeover.plans.paths import LEAF
from changeover.plans.script import Variable
from changeover.plans.target import Target

_TASK = "sqlite"
"""The task behind walls in which the app's own SQLite runs."""


class Sqlite:
    """A file in the app's shared folder, of the app's own user."""

    begins = SCHEME
    functions = "database/sqlite"
    program = "sqlite_backup"
    packages: Words = ()
    tasks: Words = (_TASK,)
    names_files = True

    def is_ours(self, url: str) -> bool:
        """Tell whether a URL is one of SQLite."""
        return url.startswith(SCHEME)

    def locate(self, url: str, target: Target) -> Location:
        """
        Return the file that a SQLite URL means to the app, or what is wrong with it.

        A relative path is relative to the release, so it must be a shared path: else each release
        would start with an empty database.
        """
        path = named(url)
        if path is None:
            return Location(self, problem="names no file; data would be lost at every restart")
        problem = _problem(path, target)
        return Location(self, None if problem else file_of(url, target.paths.shared), problem)

    def variables(self, target: Target) -> dict[str, Variable]:
        """Return whose file it is, and out of which folder nothing leads."""
        return {"owner": target.app.name, "within": target.paths.shared}

    def told(self, target: Target, name: str, _environment: str) -> Told:
        """Return the words by which programs find the file, and whose it is."""
        within = ("--within", target.paths.shared)
        whose = ("--user", target.app.name, *within)
        return Told(
            named=("--database", name),
            reach=whose,
            expect=("--kind", "sqlite", "--database", name, *whose),
            rehearse=("--sqlite", name, *within),
        )

    def copy(self, target: Target) -> str:
        """Return it: of all files the copy alone can be written, as the app's own are in use."""
        return f"{target.paths.rehearsal}/data:{LEAF}"

    def own_check(self, target: Target, serving: str) -> tuple[Words, Mapping[str, Variable]]:
        """Return what has the app's own SQLite check what this host's cannot."""
        return ("backup/own",), {
            "serving": f"{target.paths.releases}/{serving}",
            "root": target.paths.root,
            "leaf": LEAF,
            "task": _TASK,
        }


SQLITE = Sqlite()


def _problem(path: PurePosixPath, target: Target) -> str | None:
    # SQLAlchemy takes all to the letter, others end at #, or read %20 or + as a blank
    if odd := re.search("[%#+]", str(path)):
        return (
            f"has a {odd[0]} in its path, by which drivers find different files; give the file a"
            " name without it"
        )
    if ".." in path.parts:
        return "leads out of the release with ..; give a path without it"
    if path.is_absolute():
        return _problem_of_absolute(path, target)
    if not any(path.is_relative_to(shared.rstrip("/")) for shared in target.values.shared):
        return (
            f"is inside the release, so it would start empty in each new one; add"
            f" '{path}' to {target.app.name}_shared, or give an absolute path"
        )
    return None


def _problem_of_absolute(path: PurePosixPath, target: Target) -> str | None:
    shared = target.paths.shared
    for folder in (target.paths.releases, target.paths.current):
        if path.is_relative_to(folder):
            return (
                f"is inside {folder}, so it would be lost with the release; use a path in {shared}"
            )
    if not path.is_relative_to(shared):
        return f"is outside {shared}, where alone the app may write"
    return None
