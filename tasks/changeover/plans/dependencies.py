"""Python environments and node_modules: one per content of the lock file, shared by releases."""

from changeover.plans.decision import Decision, done, todo
from changeover.plans.inputs.tree import ALL, Inputs
from changeover.plans.packages.protocol import Manager
from changeover.plans.sandbox import build_variables, stop
from changeover.plans.script import script
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target
from changeover.plans.undo import Undo, keep_links

PYTHON_LINK = ".venv"
"""The link of a release that names its Python environment."""
NODE_PIVOT = ".changeover/node"
"""The link of a release that names its node_modules; all others lead through it."""


# A Python environment knows its own path, so it is made in place; .complete is written last and
# an environment without it does not count.
def decide_python(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether the Python environment has to be made or linked."""
    if not target.app.python:
        return done("the app has no Python environment")
    release = snapshot.releases.get(target.release or "")
    key = target.python_key
    if key not in snapshot.environments:
        return todo(f"{key or 'the environment'} is not complete")
    if release and release.links.get(PYTHON_LINK) != f"../../environments/{key}":
        return todo(f"the release is not linked to {key}")
    return done(f"{key} is complete")


def python_script(target: Target) -> str:
    """Return the script that makes the environment, unless its lock is known, and links it."""
    return _install_script(target, target.python_packages, target.python_key, PYTHON_LINK)


def _install_script(target: Target, manager: Manager | None, key: str | None, link: str) -> str:
    if not manager:
        raise ValueError(f"{target.app.name} has no such packages")
    return script(
        manager.script,
        functions=("sandbox", "inputs"),
        **build_variables(target),
        environment=f"{target.paths.environments}/{key}",
        release_path=target.release_path or "",
        inputs=copied(manager.inputs),
        link=link,
        **manager.variables(),
    )


def copied(inputs: Inputs) -> list[str]:
    """Return what is copied of a release, as tar is told."""
    return [path if path == ALL else f"./{path}" for path in inputs.paths]


def decide_node(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether node_modules have to be installed or linked."""
    if not target.app.node:
        return done("the app has no Node packages")
    release = snapshot.releases.get(target.release or "")
    key = target.node_key
    if key not in snapshot.environments:
        return todo(f"{key or 'node_modules'} is not complete")
    # a new release is made with its links
    if release and release.links.get(NODE_PIVOT) != f"../../../environments/{key}":
        return todo(f"the release is not linked to {key}")
    return done(f"{key} is complete")


def node_path(target: Target) -> str:
    """Return where node_modules is, relative to the release."""
    directory = target.app.node.directory if target.app.node else "."
    return "node_modules" if directory == "." else f"{directory}/node_modules"


def node_script(target: Target) -> str:
    """Return the script that installs node_modules, unless its lock is known, and links it."""
    return _install_script(target, target.node_packages, target.node_key, NODE_PIVOT)


def undo_python(target: Target, snapshot: Snapshot) -> Undo:
    """Return what links the earlier environment again; environments themselves are harmless."""
    links = keep_links(target, snapshot, PYTHON_LINK)
    return Undo("dependencies.python", save=links, stop=stop(target, "packages"))


def undo_node(target: Target, snapshot: Snapshot) -> Undo:
    """Return what links the earlier node_modules again."""
    links = keep_links(target, snapshot, NODE_PIVOT, node_path(target))
    return Undo("dependencies.node", save=links, stop=stop(target, "packages"))
