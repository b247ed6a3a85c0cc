"""Commands that an app's deploy file declares, as words that run in its release."""

import shlex

from changeover.plans.paths import NODE
from changeover.plans.target import Target
from changeover.settings.processes import Process

_SYSTEM_PYTHON = "/usr/bin/python3"


def words(target: Target, command: str) -> list[str]:
    """
    Return program and arguments, the program with its full path.

    A ``.py`` file is run by the app's Python; a bare word is taken from its Python environment, and
    ``node`` is the app's version of Node.
    """
    program, *arguments = shlex.split(command)
    if program.endswith(".py"):
        return [_python(target), program, *arguments]
    if program.startswith("/"):
        return [program, *arguments]
    if program == "node" and target.app.node:
        return [node(target), *arguments]
    place = "" if "/" in program else ".venv/bin/"
    return [f"{target.release_path}/{place}{program}", *arguments]


def line(target: Target, process: Process) -> str:
    """Return the command line of a process, its program with its full path below ``current``."""
    program, _, arguments = process.command.partition(" ")
    if is_by_node(target, process):
        program = node(target)
    elif not program.startswith("/"):
        program = f"{target.paths.current}/.venv/bin/{program}"
    return f"{program} {arguments}".strip()


def is_by_node(target: Target, process: Process) -> bool:
    """Tell whether the app's version of Node runs a process."""
    return target.app.node is not None and process.command.partition(" ")[0] == "node"


def node(target: Target) -> str:
    """Return the app's version of Node."""
    return f"{NODE}/{target.app.node.version if target.app.node else ''}/bin/node"


def _python(target: Target) -> str:
    return f"{target.release_path}/.venv/bin/python" if target.app.python else _SYSTEM_PYTHON
