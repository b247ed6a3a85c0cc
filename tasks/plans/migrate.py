"""Pending migrations, and applying them one named step at a time."""

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.plans import alembic
from tasks.plans.decision import Decision, done, todo
from tasks.plans.paths import PROGRAMS
from tasks.plans.script import script
from tasks.plans.snapshot import Snapshot
from tasks.plans.target import Target

# systemd itself reads the environment file, so a migration sees what the app will see.
_READ_REVISION = """\
import sqlite3, sys
rows = sqlite3.connect(sys.argv[1]).execute("select version_num from alembic_version")
print(" ".join(sorted(row[0] for row in rows)))
"""


def history(target: Target, snapshot: Snapshot) -> Sequence[Mapping[str, Any]] | None:
    """Return the wished release's migrations, oldest first; None where they are not known yet."""
    if target.commit is not None and not target.has_migrations:
        return ()
    release = snapshot.releases.get(target.release or "")
    if release is not None and release.migrations is not None:
        return release.migrations
    same = (
        other.migrations
        for other in snapshot.releases.values()
        if target.commit and other.migrations_object == target.migrations_object
    )
    return next((found for found in same if found is not None), None)


def pending(target: Target, snapshot: Snapshot) -> tuple[str, ...] | None:
    """Return the steps to apply, in order; None where they are not known yet."""
    if target.app.migrations is None:
        return ()
    steps = history(target, snapshot)
    if steps is None:
        return None
    applied = _applied(steps, snapshot.database.revisions if snapshot.database else ())
    return tuple(step["id"] for step in steps if step["id"] not in applied)


def unknown(target: Target, snapshot: Snapshot) -> tuple[str, ...]:
    """Return the revisions of the database that the wished release does not know."""
    steps = history(target, snapshot)
    if steps is None or snapshot.database is None:
        return ()
    known = {step["id"] for step in steps}
    return tuple(found for found in snapshot.database.revisions if found not in known)


def head(target: Target, snapshot: Snapshot) -> str | None:
    """Return the revision that the database has once the release serves."""
    steps = history(target, snapshot)
    return str(steps[-1]["id"]) if steps else None


def closes(target: Target, snapshot: Snapshot) -> bool:
    """Tell whether this release needs the site closed: migrations wait and there is data."""
    return snapshot.database is not None and pending(target, snapshot) != ()


def decide_history(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether the release's migration history has to be read."""
    if target.app.migrations is None or (target.commit and not target.has_migrations):
        return done("the release has no migrations")
    release = snapshot.releases.get(target.release or "")
    if release is not None and release.migrations is not None:
        return done(f"{len(release.migrations)} migrations are known")
    return todo("the release's migrations are not known yet")


def decide(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether migrations have to be applied."""
    waiting = pending(target, snapshot)
    if waiting is None:
        return todo("the migrations differ from those of the release that serves")
    if waiting:
        return todo(f"pending: {', '.join(waiting)}")
    revision = head(target, snapshot)
    return done(f"the database is at {revision}" if revision else "the release has no migrations")


def migrate_script(target: Target, snapshot: Snapshot, database: str, manifest: str) -> str:
    """Return the script that applies every pending step; ``manifest`` is "" for a new database."""
    paths, migrations = target.paths, target.app.migrations
    return script(
        "migrate/forward",
        functions="migrate/stuck",
        app=target.app.name,
        release_path=target.release_path or "",
        config=migrations.config if migrations else "",
        steps=pending(target, snapshot) or (),
        programs=PROGRAMS,
        read_revision=_READ_REVISION,
        database=database,
        manifest=manifest,
        candidate=paths.candidate,
        env_file=paths.env_file,
        shared=paths.shared,
        quiesced=paths.quiesced,
        maintenance=paths.maintenance,
    )


def read_script(target: Target) -> str:
    """Return the script that reads the release's migration history."""
    return alembic.read_script(target)


def _applied(steps: Sequence[Mapping[str, Any]], revisions: Sequence[str]) -> set[str]:
    after = {step["id"]: step["after"] for step in steps}
    found: set[str] = set()
    rest = [revision for revision in revisions if revision in after]
    while rest:
        revision = rest.pop()
        if revision not in found:
            found.add(revision)
            rest += after[revision]
    return found
