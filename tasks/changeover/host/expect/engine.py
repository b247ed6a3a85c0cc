"""What an app's process engine says, by its shell functions (plans/processes/protocol.py)."""

from subprocess import STDOUT
from typing import NamedTuple

from ..files import Failure
from ..run import Run

_SECONDS = 30.0
_MOST = 1 << 20
_WORDS = 3


class Engine(NamedTuple):
    """The engine of one app."""

    title: str
    """What messages call it."""
    label: str
    """What messages call the process that serves."""
    functions: str
    """The text of its shell functions, with their variables."""

    def begin(self, function: str) -> Run:
        """Begin to ask it something in a word."""
        return Run(_shell(self.functions, function), seconds=_SECONDS, most=_MOST, errors=None)

    def processes(self) -> list[int]:
        """Return the process ids that it tells. Raises Failure where it cannot."""
        run = self.begin("own_processes")
        said = run.said()
        if run.status != 0 or run.cut_short:
            raise Failure("the process engine does not tell what runs")
        return [int(word) for word in said.split()]

    def states(self) -> dict[str, tuple[str, str]]:
        """
        Return of each process its state, and how often it was started again.

        Raises Failure where the engine does not tell.
        """
        run = self.begin("states")
        lines = [line.split() for line in run.said().decode(errors="replace").splitlines()]
        if run.status != 0 or not lines or any(len(words) != _WORDS for words in lines):
            raise Failure("the process engine does not tell what runs")
        return {name: (state, count) for name, state, count in lines}

    def text(self, function: str, since: float | None = None) -> str:
        """Return what it has to tell people, of what began ``since``; whatever it is worth."""
        # the protocol's variable, which the functions themselves set to nothing
        began = "" if since is None else f"started_at={since:f}\n"
        words = _shell(f"{self.functions}\n{began}", function)
        return (
            Run(words, seconds=_SECONDS, most=_MOST, errors=STDOUT).said().decode(errors="replace")
        )


def _shell(functions: str, name: str) -> list[str]:
    return ["bash", "--norc", "-c", f"{functions}\n{name}"]
