"""Where the SQLite database is: its URL resolved, through shared paths, to one file."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from tasks.plans.snapshot import Snapshot
from tasks.plans.target import Target

_SCHEME = "sqlite:///"


@dataclass(frozen=True)
class Location:
    """Where a database URL leads."""

    path: str | None
    problem: str | None = None


def locate(url: str, target: Target) -> Location:
    """
    Return the file that a SQLite URL means to the app, or what is wrong with it.

    A relative path is relative to the release, so it must be a shared path: else each release
    would start with an empty database.
    """
    if not url.startswith(_SCHEME):
        return Location(None, f"expected a URL that begins with {_SCHEME}")
    name = url.removeprefix(_SCHEME).split("?")[0]
    if not name or name == ":memory:":
        return Location(None, "names no file; data would be lost at every restart")
    shared = PurePosixPath(target.paths.shared)
    if ".." in PurePosixPath(name).parts:
        return Location(None, "leads out of the release with ..; give a path without it")
    if name.startswith("/"):
        return _absolute(PurePosixPath(name), target)
    relative = PurePosixPath(name)
    covered = [path for path in target.values.shared if relative.is_relative_to(path.rstrip("/"))]
    if not covered:
        return Location(
            None,
            f"is inside the release, so it would start empty in each new one; add '{relative}'"
            f" to {target.app.name}_shared, or give an absolute path",
        )
    return Location(str(shared / relative))


def url_in_force(target: Target, snapshot: Snapshot, wanted: str | None) -> str | None:
    """Return the URL that the app will have: the host's, unless it has none or is to be updated."""
    key = target.app.database.url if target.app.database else ""
    if snapshot.database_url and key not in target.values.env_update:
        return snapshot.database_url
    return wanted or snapshot.database_url


def _absolute(path: PurePosixPath, target: Target) -> Location:
    for folder in (target.paths.releases, target.paths.current):
        if path.is_relative_to(folder):
            return Location(
                None,
                f"is inside {folder}, so it would be lost with the release; use a path in"
                f" {target.paths.shared}",
            )
    if not path.is_relative_to(target.paths.shared):
        return Location(None, f"is outside {target.paths.shared}, where the app's unit may write")
    return Location(str(path))
