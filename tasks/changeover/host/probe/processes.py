"""What runs of the app, in the words of its process engine (plans/processes/protocol.py)."""

from pathlib import Path
from typing import Any

from ..run import Run
from .asked import Asked
from .files import exists

PORT = "port"
"""The file below an app's state that has it."""


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


def is_active(lines: list[str], name: str) -> bool:
    """Tell whether one of them runs."""
    return f"{name} active yes" in lines


def port(asked: Asked) -> int:
    """Return the port that was chosen for the app, 0 where none was."""
    try:
        return int(Path(asked.state, PORT).read_text())
    except (FileNotFoundError, NotADirectoryError):
        return 0


def read(asked: Asked, lines: list[str]) -> dict[str, Any]:
    """Tell what runs and where, and whether a release keeps it from running."""
    return {"told": lines, "quiesced": exists(asked.quiesced), "port": port(asked)}
