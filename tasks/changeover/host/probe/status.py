"""What only a person wants to know: what was, how large the disk is, what is not as it was made."""

import os
from subprocess import STDOUT
from typing import Any

from ..run import Run
from .asked import Asked
from .system import disk_folder

FOREIGN = (
    *("-name", ".*new", "-prune", "-o", "(", "!", "-user", "root", "-o"),
    *("!", "-type", "l", "-perm", "/022", ")"),
)
"""For find, what is not root's alone, as all that was made is. One being filled is a build's."""
_FIND_SECONDS, _PROGRAM_SECONDS = 600, 20


def begin(asked: Asked) -> tuple[Run, Run | None]:
    """Begin to look for it."""
    made = (asked.releases, asked.environments, asked.builds)
    program = asked.program("changeover")
    # it waits for nobody, whatever goes on; what it complains of is told too
    told = [program, "status", asked.app]
    return (
        Run(["find", *made, *FOREIGN, "-print0", "-quit"], seconds=_FIND_SECONDS),
        Run(told, errors=STDOUT, seconds=_PROGRAM_SECONDS) if os.access(program, os.X_OK) else None,
    )


def read(runs: tuple[Run, Run | None]) -> dict[str, Any]:
    """Tell it; what does not come to its end says so, and keeps nothing else from being told."""
    changed, program = runs
    disk = os.statvfs(disk_folder())
    return {
        "total_kilobytes": disk.f_blocks * disk.f_frsize // 1024,
        "changed": _changed(changed),
        "program": _last_line(program) if program else "",
    }


def _changed(run: Run) -> str | None:
    try:
        return run.text().partition("\0")[0]
    except OSError:  # nobody knows
        return None


def _last_line(program: Run) -> str:
    try:
        said = program.text().splitlines()
    except OSError as error:
        return str(error)
    return said[-1] if said else f"it ended with {program.status} and said nothing"
