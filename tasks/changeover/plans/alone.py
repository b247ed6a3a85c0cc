"""A script that changes a host outside of a changeover: alone, and for all to see whose it is."""

import re

from changeover.host.changeover.lock import SCRIPT_SECONDS, UNDO_SECONDS
from changeover.plans.script import Variable, assignments, read

# the lock's content is JSON, read by sed too
_ODD = re.compile(r"[^ -!#-\[\]-~]")


def alone_script(
    lock: str, script: str, operator: str, controller: str, *, told: bool = False
) -> str:
    """
    Return the text that any shell runs: it takes the lock, says whose it is, runs the script.

    ``told`` says that something comes on standard input. It is read also where nobody wants it:
    who still writes to a command that has ended has lost the connection, and hears no reason.
    """
    variables: dict[str, Variable] = {
        "lock": lock,
        "script": script,
        "about": _ODD.sub("?", f"a script of {operator} from {controller}"),
        "script_seconds": int(SCRIPT_SECONDS),
        "undo_seconds": int(UNDO_SECONDS),
    }
    text = read("alone/script")
    if told:
        text = f"(\n{text})\nstatus=$?; cat > /dev/null; exit $status\n"
    return assignments(variables) + text
