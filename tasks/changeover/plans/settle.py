"""The last part of every undo: the app runs and serves as it did before."""

import json

from changeover.plans import health
from changeover.plans.processes import engine_script
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target

# a release that is given little time says nothing of how long the one before it takes to start
_PATIENCE_SECONDS = 60


def settle_script(target: Target, snapshot: Snapshot) -> str:
    """
    Return what the host runs after the steps were undone: the app runs and serves as before.

    ``snapshot`` is the host before the first step. An app that was not well before is started
    again, but nothing is asked of it.
    """
    serving = snapshot.releases.get(snapshot.current or "")
    expected = _said_before(target, snapshot)
    known = snapshot.processes.values()
    was_active = any(process.active for process in known)
    asked = None
    if expected is not None:
        asked = health.asked(target, expected, seconds=_PATIENCE_SECONDS)
    return engine_script(
        target,
        snapshot,
        "undo/settle",
        ("undo/touched", "nginx"),
        True,
        asked=json.dumps(asked) if asked else "",
        serving=serving.name if serving else "",
        was_active="yes" if was_active else "",
        was_stopped="yes" if all(process.stopped for process in known) else "",
        was_closed="yes" if snapshot.maintenance is not None else "",
        maintenance=target.paths.maintenance,
        quiesced=target.paths.quiesced,
    )


def _said_before(target: Target, snapshot: Snapshot) -> dict[str, str | None] | None:
    """Return what the app said of itself, which it has to say again; None where it was not well."""
    keys, answer = health.keys(target), snapshot.app_health
    if answer is None or not health.answers(target, snapshot):
        return None
    said = {key: answer.body[key] for key in keys if key in answer.body}
    return said if said or not keys else None
