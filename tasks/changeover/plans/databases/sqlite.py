"""SQLite: the URL resolved, through shared paths, to one file."""

from pathlib import PurePosixPath

from changeover.plans.databases.location import Location
from changeover.plans.target import Target

_SCHEME = "sqlite:///"


def is_ours(url: str) -> bool:
    """Tell whether a URL is one of SQLite."""
    return url.startswith(_SCHEME)


def locate(url: str, target: Target) -> Location:
    """
    Return the file that a SQLite URL means to the app, or what is wrong with it.

    A relative path is relative to the release, so it must be a shared path: else each release
    would start with an empty database.
    """
    name = url.removeprefix(_SCHEME).split("?")[0]
    if not name or name == ":memory:":
        return Location(problem="names no file; data would be lost at every restart")
    shared = PurePosixPath(target.paths.shared)
    if ".." in PurePosixPath(name).parts:
        return Location(problem="leads out of the release with ..; give a path without it")
    if name.startswith("/"):
        return _absolute(PurePosixPath(name), target)
    relative = PurePosixPath(name)
    covered = [path for path in target.values.shared if relative.is_relative_to(path.rstrip("/"))]
    if not covered:
        return Location(
            problem=f"is inside the release, so it would start empty in each new one; add"
            f" '{relative}' to {target.app.name}_shared, or give an absolute path",
        )
    return Location(str(shared / relative))


def _absolute(path: PurePosixPath, target: Target) -> Location:
    for folder in (target.paths.releases, target.paths.current):
        if path.is_relative_to(folder):
            return Location(
                problem=f"is inside {folder}, so it would be lost with the release; use a path in"
                f" {target.paths.shared}",
            )
    shared = target.paths.shared
    if not path.is_relative_to(shared):
        return Location(problem=f"is outside {shared}, where the app's unit may write")
    return Location(str(path))
