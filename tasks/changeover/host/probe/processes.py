"""What runs of the app, in the words of its process engine (plans/processes/protocol.py)."""

from typing import Any

from ..run import Run
from .asked import Asked
from .files import exists


def telling(asked: Asked) -> Run:
    """Begin to ask the engine."""
    return Run(["bash", "--norc", "-c", f"{asked.processes}tell_processes"])


def lines(run: Run) -> list[str]:
    """
    Return what the engine says: the name of a process, a key and a value in each line.

    Raises OSError where it could not tell: that is not that nothing runs.
    """
    said = run.text()
    if run.status != 0:
        raise OSError("the process engine does not say what runs")
    return said.splitlines()


def are_active(lines: list[str]) -> bool:
    """Tell whether all of them run."""
    words = [line.split(" ") for line in lines]
    active = {told[-1] for told in words if told[1:2] == ["active"]}
    return active == {"yes"}


def read(asked: Asked, lines: list[str]) -> dict[str, Any]:
    """Tell what runs, and whether a release keeps it from running."""
    return {"told": lines, "quiesced": exists(asked.quiesced)}
