"""What runs of the app, in the words of its process engine (plans/processes/protocol.py)."""

from typing import Any

from .asked import Asked
from .files import exists
from .run import Run

Rows = list[list[str]]


def telling(asked: Asked) -> Run:
    """Begin to ask the engine."""
    return Run(["bash", "--norc", "-c", f"{asked.processes}tell_processes"])


def rows(run: Run) -> Rows:
    """Return what the engine says: the name of a process, a key and a value each."""
    return [line.split(" ", 2) for line in run.text().splitlines()]


def is_active(rows: Rows) -> bool:
    """Tell whether all of them run."""
    active = [row[-1] for row in rows if row[1:2] == ["active"]]
    return bool(active) and set(active) == {"yes"}


def read(asked: Asked, rows: Rows) -> dict[str, Any]:
    """Tell what runs, and whether a release keeps it from running."""
    return {"told": rows, "quiesced": exists(asked.quiesced)}
