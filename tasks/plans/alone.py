"""A script that changes a host outside of a changeover: alone, and for all to see whose it is."""

import re

from tasks.host.changeover_lock import SCRIPT_SECONDS, UNDO_SECONDS
from tasks.plans.script import Variable, assignments, read

# the lock's content is JSON, read by sed too
_ODD = re.compile(r"[^ -!#-\[\]-~]")


def alone_script(lock: str, script: str, operator: str, controller: str) -> str:
    """Return the text that any shell runs: it takes the lock, says whose it is, runs the script."""
    variables: dict[str, Variable] = {
        "lock": lock,
        "script": script,
        "about": _ODD.sub("?", f"a script of {operator} from {controller}"),
        "script_seconds": int(SCRIPT_SECONDS),
        "undo_seconds": int(UNDO_SECONDS),
    }
    return assignments(variables) + read("alone/script")
