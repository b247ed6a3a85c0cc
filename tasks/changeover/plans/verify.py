"""What must be so of a release and its data before it serves."""

import json
from collections.abc import Sequence
from typing import Any

from changeover.plans import databases, pending
from changeover.plans.command import words
from changeover.plans.databases.kind import Location
from changeover.plans.decision import Decision, done, todo
from changeover.plans.paths import PROGRAMS
from changeover.plans.sandbox import stop
from changeover.plans.script import script
from changeover.plans.since import applicable, describe_skipped
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target
from changeover.plans.undo import STEP_SECONDS, Undo
from changeover.settings.expect import Expectation


def decide(target: Target, snapshot: Snapshot) -> Decision:
    """
    Decide whether data and release have to be looked at.

    That is before a release is put in force, and after its data was changed. What is in force was
    looked at before it was.
    """
    demands = (*target.app.expectations, *target.app.checks)
    asked = applicable(target, snapshot, demands)
    if not asked:
        return done(f"nothing is expected of it{describe_skipped(target, snapshot, demands)}")
    if not _is_new(target, snapshot):
        return done(f"{target.release} was looked at before it was put in force")
    count = f"{len(asked)} expectation{'' if len(asked) == 1 else 's'}"
    return todo(f"{count} of data and release{describe_skipped(target, snapshot, demands)}")


def _is_new(target: Target, snapshot: Snapshot) -> bool:
    changed = snapshot.quiesced or pending.closes(target, snapshot)
    return changed or target.release is None or snapshot.current != target.release


def data_script(target: Target, snapshot: Snapshot, database: Location) -> str:
    """Return the script that looks at the data and runs the checks."""
    paths, app = target.paths, target.app
    expectations = applicable(target, snapshot, app.expectations)
    asked = {
        "expectations": as_asked(expectations),
        "commands": [
            {**one.model_dump(), "words": words(target, one.command)}
            for one in applicable(target, snapshot, app.checks)
        ],
    }
    return script(
        "verify/data",
        programs=PROGRAMS,
        app=app.name,
        asked=json.dumps(asked),
        where=databases.told(target, database).expect,
        release_path=target.release_path or "",
        candidate=paths.candidate,
        env_file=paths.env_file,
        shared=paths.shared,
    )


def as_asked(expectations: Sequence[Expectation]) -> list[dict[str, Any]]:
    """Return expectations as the host's program ``expect`` is asked for them."""
    return [{"kind": type(one).__name__, **one.model_dump()} for one in expectations]


def undo(target: Target) -> Undo:
    """Return the note that it was looked at; a command that still runs is stopped."""
    patience = sum(check.seconds for check in target.app.checks)
    return Undo(
        "verify.data",
        stop=stop(target, "check"),
        limit_seconds=STEP_SECONDS + patience,
    )
