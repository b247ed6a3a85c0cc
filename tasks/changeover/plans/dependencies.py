"""Python environments and node_modules: one per content of the lock file, shared by releases."""

from changeover.plans.decision import Decision, done, todo
from changeover.plans.inputs.python import PythonInputs
from changeover.plans.inputs.tree import ALL, Inputs
from changeover.plans.paths import NODE, UV
from changeover.plans.sandbox import build_variables, stop
from changeover.plans.script import program, script
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target
from changeover.plans.undo import Undo, keep_links

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
    if release and release.links.get(".venv") != f"../../environments/{key}":
        return todo(f"the release is not linked to {key}")
    return done(f"{key} is complete")


def python_script(target: Target) -> str:
    """Return the script that makes the environment, unless its lock is known, and links it."""
    python = target.app.python
    return script(
        "dependencies/python",
        functions=("sandbox", "inputs"),
        **build_variables(target),
        environment=f"{target.paths.environments}/{target.python_key}",
        release_path=target.release_path or "",
        inputs=copied(target.python_inputs),
        in_place="yes" if target.python_inputs.in_place else "",
        lock_file=python.lock if python else "",
        options=_hashes(target.python_inputs),
        alone="yes" if target.python_inputs.are_judged else "",
        judge_program=program("dependencies/local") if target.python_inputs.builds else "",
        extras=target.python_inputs.extras,
        version=python.version if python else "",
        uv=UV,
    )


def _hashes(inputs: PythonInputs) -> list[str]:
    """
    Return how hashes are asked for.

    What is built from the tree has none, and where it is named the installer takes no lock as a
    whole: then the lock alone says what is installed, and preflight sees that all of it has one.
    What the tree's own packages lack then is named after the install.
    """
    if not inputs.hashed:
        return []
    return ["--no-deps"] if inputs.are_judged else ["--require-hashes"]


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
    node = target.app.node
    return script(
        "dependencies/node",
        functions=("sandbox", "inputs"),
        **build_variables(target),
        environment=f"{target.paths.environments}/{target.node_key}",
        release_path=target.release_path or "",
        inputs=copied(target.node_inputs),
        directory=node.directory if node else ".",
        # scripts of the app itself may write beside their packages
        whole=node.directory if node and target.node_inputs.paths == (ALL,) else "",
        pivot=NODE_PIVOT,
        node=f"{NODE}/{node.version if node else ''}",
    )


def undo_python(target: Target, snapshot: Snapshot) -> Undo:
    """Return what links the earlier environment again; environments themselves are harmless."""
    links = keep_links(target, snapshot, ".venv")
    return Undo("dependencies.python", save=links, stop=stop(target, "packages"))


def undo_node(target: Target, snapshot: Snapshot) -> Undo:
    """Return what links the earlier node_modules again."""
    links = keep_links(target, snapshot, NODE_PIVOT, node_path(target))
    return Undo("dependencies.node", save=links, stop=stop(target, "packages"))
