"""What is done outside a changeover is done to the host that was seen, or not at all."""

from changeover.plans.script import assignments, read
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target


def guarded(target: Target, snapshot: Snapshot, script: str) -> str:
    """
    Return a script that first looks whether the host is as it was seen, and else changes nothing.

    It runs with the app's lock, so what it sees stays so. A look may be minutes old by then.
    """
    known = assignments(
        {
            "app": target.app.name,
            "state": target.paths.state,
            "generation": snapshot.generation,
            "saw_open": "yes" if snapshot.open_changeover is not None else "",
        }
    )
    return f"{known}{read('alone/unchanged')}{script}"
