"""The wanted environment, read on the controller from a private file or a command."""

import shlex
import stat
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gevent.lock import RLock
from pyinfra.api import FactBase
from typing_extensions import override

from changeover.facts import run
from changeover.plans.environment import differing_script
from changeover.plans.environment_text import parse, render_line
from changeover.plans.script import SHELL
from changeover.plans.target import Target
from changeover.settings.values import Values

_SECONDS = 60
_PRIVATE = 0o077

_lock = RLock()


@dataclass(frozen=True, repr=False)
class WantedEnvironment:
    """Keys and values as the controller has them; never printed."""

    values: dict[str, str]
    problems: tuple[str, ...] = ()
    """What is wrong with where they come from; never a value."""

    def lines(self) -> str:
        """Return the lines that are sent to a host."""
        return "".join(f"{render_line(key, value)}\n" for key, value in self.values.items())


class DifferingKeys(FactBase[Iterable[str] | None]):
    """
    Returns the keys of the lines on stdin that the host's environment file does not hold so.

    None where that cannot be known.

    + target: what is wanted of the app

    .. code:: python

        ["SMTP_PASSWORD"]
    """

    shell_executable = SHELL

    @staticmethod
    @override
    def default() -> Iterable[str] | None:
        """Return that nobody knows."""
        return None

    @override
    def command(self, target: Target) -> str:
        """Return the comparison; it prints names alone."""
        return differing_script(target)

    @override
    def process(self, output: Iterable[str]) -> Iterable[str]:
        """Return the keys."""
        return [key for key in output if key]


def wanted_environment(app: str, values: Values, groups: Sequence[str]) -> WantedEnvironment:
    """Return the app's wanted environment, read once a run; ``problems`` say what is wrong."""
    if values.env_command:
        source = values.env_command
    else:
        source = values.env_file or f"secrets/{inventory_name(groups)}/{app}.env"
    with _lock:
        key = (app, source)
        if key not in run.this.environments:
            run.this.environments[key] = (
                _from_command(app, source) if values.env_command else _from_file(app, source)
            )
        return run.this.environments[key]


def inventory_name(groups: Sequence[str]) -> str:
    """Return the inventory that a host came from: the group that is named after its file."""
    found = [name for name in groups if Path("inventories", f"{name}.py").is_file()]
    return found[0] if found else "all"


def _from_file(app: str, source: str) -> WantedEnvironment:
    path = Path(source)
    if not path.is_file():
        return _wrong(
            f"{source}: not there; put the environment of {app} into it (mode 0600), or set"
            f" {app}_env_command"
        )
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _PRIVATE:
        return _wrong(f"{source}: mode {mode:04o}, others may read it; chmod 0600 {source}")
    return _parse(source, path.read_bytes())


def _from_command(app: str, source: str) -> WantedEnvironment:
    try:
        answer = subprocess.run(
            shlex.split(source), capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return _wrong(f"{app}_env_command: {type(error).__name__}; it must print it")
    if answer.returncode != 0:
        # what it printed may be secret
        return _wrong(f"{app}_env_command: ended with {answer.returncode}")
    return _parse(f"{app}_env_command", answer.stdout)


def _parse(source: str, said: bytes) -> WantedEnvironment:
    try:
        text = said.decode()
    except UnicodeDecodeError as error:
        line = said.count(b"\n", 0, error.start) + 1
        return _wrong(f"{source}: line {line}: no UTF-8")
    found = parse(text)
    if found.problems:
        return _wrong(*(f"{source}: {problem}" for problem in found.problems))
    return WantedEnvironment(found.values)


def _wrong(*problems: str) -> WantedEnvironment:
    return WantedEnvironment({}, problems)
