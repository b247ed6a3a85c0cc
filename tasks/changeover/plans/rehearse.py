"""Pending migrations on a copy of today's data: when, with what, and what is left of it."""

import json
from collections.abc import Sequence
from datetime import datetime

from changeover.plans import databases, pending, time_limits
from changeover.plans.databases.kind import Location
from changeover.plans.decision import Decision, done, todo
from changeover.plans.migrate import engine_variables, functions
from changeover.plans.paths import PROGRAMS
from changeover.plans.sandbox import stop, task_unit
from changeover.plans.script import script
from changeover.plans.since import applicable
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target
from changeover.plans.undo import STEP_SECONDS, Undo

# after a day it says little of the data there is now
_GOOD_SECONDS = 24 * 3600


def decide(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether migrations have to be rehearsed before the site is closed for them."""
    waiting = pending.names(target, snapshot)
    if waiting == ():
        return done("no migration waits")
    if snapshot.database is None:
        return done("there is no database yet, so there is no data to rehearse on")
    if waiting is None:
        return todo("the release's migrations are not known yet")
    when = _rehearsed(target, snapshot)
    if when:
        return done(f"{', '.join(waiting)} went well on a copy of the data, on {when}")
    if not snapshot.database.revisions:
        return todo("no migration was applied yet: all are rehearsed, if there is data")
    return todo(f"on a copy of the data: {', '.join(waiting)}")


def _rehearsed(target: Target, snapshot: Snapshot) -> str:
    """Return when this release was rehearsed on a database like this, "" where it was not."""
    found, database = snapshot.rehearsed, snapshot.database
    if not found or not database or found["release"] != target.release:
        return ""
    when = datetime.fromisoformat(found["when"].replace("Z", "+00:00")).timestamp()
    fresh = snapshot.clock - when < _GOOD_SECONDS
    same = found["revisions"] == list(database.revisions)
    return str(found["when"]) if fresh and same else ""


def rehearse_script(target: Target, snapshot: Snapshot, database: Location) -> str:
    """Return the script that makes the copy, takes each step on it and looks at what came of it."""
    paths, found = target.paths, snapshot.database
    asked = {
        "app": target.app.name,
        "release": target.release or "",
        "revisions": list(found.revisions) if found else [],
        "key": databases.key(target),
        "app_key": target.app.database.url if target.app.database else "",
        "script": rehearsal_script(target, snapshot, database),
        "unit": task_unit(target, "migrate"),
        "log": f"{paths.state}/rehearsal.log",
        "kept": paths.rehearsed,
        "limits": {
            "copy": time_limits.backup_seconds(target),
            "copy_setting": time_limits.setting(target),
            "steps": target.values.migration_timeout_seconds,
            "steps_setting": time_limits.migration_setting(target),
        },
        "steps": [
            {"step": move.step, "gains": move.gains, "drops": move.drops}
            for move in pending.moves(target, snapshot) or ()
        ],
        "expectations": [
            {"kind": type(one).__name__, **one.model_dump()}
            for one in applicable(target, snapshot, target.app.expectations)
        ],
    }
    return script(
        "rehearse/migrations",
        asked=json.dumps(asked),
        migration_tables=databases.migration_tables(target),
        **_variables(target, database),
    )


def rehearsal_script(target: Target, snapshot: Snapshot, database: Location) -> str:
    """Return the script that takes all steps; before each it waits for a line of its input."""
    paths = target.paths
    return script(
        "rehearse/step",
        functions=functions(target, "migrate/run"),
        **engine_variables(target) | {"seconds": target.values.migration_timeout_seconds},
        release_path=target.release_path or "",
        environment=f"{paths.rehearsal}/environment",
        env_file=paths.env_file,
        steps=[move.step for move in pending.moves(target, snapshot) or ()],
        shared=database.kind.copy(target),
    )


def undo(target: Target, database: Location) -> Undo:
    """Return what removes the copy, whatever the rehearsal came to."""
    return Undo(
        "rehearse.migrations",
        script=script("undo/rehearsal", **_variables(target, database)),
        stop=stop(target, "migrate"),
        shown=True,
        # the copy is made in it too; the program itself minds the limits that can be raised
        limit_seconds=target.values.migration_timeout_seconds
        + time_limits.backup_seconds(target)
        + STEP_SECONDS,
    )


def _variables(target: Target, database: Location) -> dict[str, str | Sequence[str]]:
    paths = target.paths
    told = databases.told(target, database).rehearse
    return {
        "programs": PROGRAMS,
        "candidate": paths.candidate,
        "env_file": paths.env_file,
        "how": ["--folder", paths.rehearsal, "--key", databases.key(target), *told],
    }
