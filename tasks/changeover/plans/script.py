"""Shell scripts as fixed files over quoted variables: nothing is ever interpolated into one."""

import shlex
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

Variable = str | int | Sequence[str]

# below sudo, bash cannot see that sshd's shell stands above it, and would read root's .bashrc
SHELL = "bash --norc"

_PACKAGE = Path(__file__).parents[1]
_ROOTS = (_PACKAGE / "scripts", _PACKAGE / "hardening" / "scripts")


class Text(str):
    """Shell functions by their text, in place of the name of the file that has them."""

    __slots__ = ()


def script(name: str, *, functions: str | Sequence[str] = (), **variables: Variable) -> str:
    """
    Return a bash script that stops at the first error.

    It is the prelude, the variables, and the body ``scripts/<name>.sh``, after the shell
    functions of the other files there that ``functions`` names.
    """
    named = (functions,) if isinstance(functions, str) else functions
    return compose(*map(body, named), read(name), **variables)


def compose(*bodies: str, **variables: Variable) -> str:
    """Return the same, of texts that are no files there."""
    return "".join([read("prelude"), assignments(variables), *bodies])


def body(named: str) -> str:
    """Return shell functions: the text itself, or that of the file of this name."""
    return named if isinstance(named, Text) else read(named)


def assignments(variables: Mapping[str, Variable]) -> str:
    """Return shell assignments, each value quoted; a sequence becomes a bash array."""
    return "".join(f"{name}={_quoted(value)}\n" for name, value in variables.items())


@cache
def read(name: str) -> str:
    """Return the text of a script file."""
    return _text(f"{name}.sh")


@cache
def program(*names: str) -> str:
    """Return Python files of that folder as one program, for the Python of a release."""
    return "".join(_text(f"{name}.py") for name in names)


def _text(name: str) -> str:
    for root in _ROOTS:
        if (root / name).is_file():
            return (root / name).read_text()
    raise FileNotFoundError(f"{name}: not in this installation of Changeover; install it again")


def _quoted(value: Variable) -> str:
    if isinstance(value, str | int):
        return shlex.quote(str(value))
    return "(" + " ".join(shlex.quote(item) for item in value) + ")"
