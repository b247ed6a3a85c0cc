"""Commands that an app's deploy file declares, as words that run in its release."""

import shlex

from tasks.plans.target import Target

_SYSTEM_PYTHON = "/usr/bin/python3"


def words(target: Target, command: str) -> list[str]:
    """
    Return program and arguments, the program with its full path.

    A ``.py`` file is run by the app's Python; a bare word is taken from its Python environment.
    """
    program, *arguments = shlex.split(command)
    if program.endswith(".py"):
        return [_python(target), program, *arguments]
    if program.startswith("/"):
        return [program, *arguments]
    place = "" if "/" in program else ".venv/bin/"
    return [f"{target.release_path}/{place}{program}", *arguments]


def _python(target: Target) -> str:
    return f"{target.release_path}/.venv/bin/python" if target.app.python else _SYSTEM_PYTHON
