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
_FIND_SECONDS = 600


def begin(asked: Asked) -> tuple[Run, Run | None]:
    """Begin to look for it."""
    made = (asked.releases, asked.environments, asked.builds)
    program = asked.program("changeover")
    # it waits for nobody, whatever goes on; what it complains of is told too
    told = [program, "status", asked.app]
    return (
        Run(["find", *made, *FOREIGN, "-print0", "-quit"], seconds=_FIND_SECONDS),
        Run(told, errors=STDOUT) if os.access(program, os.X_OK) else None,
    )


def read(runs: tuple[Run, Run | None]) -> dict[str, Any]:
    """Tell it."""
    changed, program = runs
    disk = os.statvfs(disk_folder())
    said = program.text().splitlines() if program else []
    return {
        "total_kilobytes": disk.f_blocks * disk.f_frsize // 1024,
        "changed": changed.text().partition("\0")[0],
        "program": said[-1] if said else "",
    }
