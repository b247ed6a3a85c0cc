"""The links of a release: to what outlives releases, and to what several of them share."""

from collections.abc import Mapping
from posixpath import dirname, relpath

from changeover.plans.dependencies import NODE_PIVOT, PYTHON_LINK, node_path
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target


def shared_paths(target: Target) -> tuple[str, ...]:
    """Return what is linked from a release to shared: what the settings name, and the .env."""
    return (".env", *(path.rstrip("/") for path in target.values.shared))


def made_paths(target: Target) -> tuple[str, ...]:
    """Return where a release shows packages, which are made on the host."""
    app = target.app
    paths = [".venv"] if app.python else []
    paths += [node_path(target)] if app.node else []
    return tuple(paths)


def shared_links(target: Target) -> dict[str, str]:
    """Return the links to what outlives releases: path in the release to target."""
    paths = {path: f"{target.paths.shared}/{path}" for path in shared_paths(target)}
    return {path: _relative(target, path, full) for path, full in paths.items()}


def known_build(target: Target, snapshot: Snapshot, public: Mapping[str, str]) -> str:
    """
    Return the folder of the build that a new release can show at once, "" where none is made.

    So a release in which nothing of it changed needs no step of it.
    """
    build = target.build_key(public)
    return f"{target.paths.builds}/{build}" if build in snapshot.environments else ""


def known_environments(target: Target, snapshot: Snapshot) -> dict[str, str]:
    """Return the complete environments that a new release can show: pivot to folder."""
    wanted = {PYTHON_LINK: target.python_key, NODE_PIVOT: target.node_key}
    return {
        pivot: f"{target.paths.environments}/{key}"
        for pivot, key in wanted.items()
        if key in snapshot.environments
    }


def _relative(target: Target, path: str, full: str) -> str:
    return relpath(full, dirname(f"{target.release_path}/{path}"))
