"""Pending migrations, and applying them one named step at a time."""

from tasks.plans import alembic
from tasks.plans.decision import Decision, done, todo
from tasks.plans.migration import head, history, pending
from tasks.plans.paths import PROGRAMS
from tasks.plans.script import script
from tasks.plans.snapshot import Snapshot
from tasks.plans.target import Target
from tasks.plans.undo import Undo

# systemd itself reads the environment file, so a migration sees what the app will see.
_READ_REVISION = """\
import sqlite3, sys
rows = sqlite3.connect(sys.argv[1]).execute("select version_num from alembic_version")
print(" ".join(sorted(row[0] for row in rows)))
"""


def decide_history(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether the release's migration history has to be read."""
    if target.app.migrations is None or (target.commit and not target.has_migrations):
        return done("the release has no migrations")
    release = snapshot.releases.get(target.release or "")
    # a new release is made with a history that is known of another
    known = history(target, snapshot) if release is None else release.migrations
    if known is not None:
        return done(f"{len(known)} migrations are known")
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
    """
    Return the script that applies every pending step.

    ``manifest`` is the verified backup of exactly today's data, "" where there is none; the
    script refuses that unless the database is new.
    """
    return script(
        "migrate/forward",
        functions="migrate/run",
        **variables(target, database, manifest),
        release_path=target.release_path or "",
        steps=pending(target, snapshot) or (),
        candidate=target.paths.candidate,
        env_file=target.paths.env_file,
    )


def variables(target: Target, database: str, manifest: str) -> dict[str, str]:
    """Return the variables of the functions that run migrations, either way."""
    migrations = target.app.migrations
    return {
        "app": target.app.name,
        "config": migrations.config if migrations else "",
        "read_revision": _READ_REVISION,
        "database": database,
        "manifest": manifest,
        "log": f"{target.paths.state}/migrate.log",
        "shared": target.paths.shared,
    }


def read_script(target: Target) -> str:
    """Return the script that reads the release's migration history."""
    return alembic.read_script(target)


def undo(
    target: Target,
    snapshot: Snapshot,
    database: str,
    manifest: str,
    step: str = "migrate.forward",
) -> Undo:
    """Return what puts the database back: its verified backup, or nothing where none was."""
    paths = target.paths
    stop = (f"changeover-{target.app.name}-migrate.service",)
    if snapshot.database is not None and not manifest:
        # the step itself refuses to touch data without a way back
        return Undo(step, stop=stop)
    text = script(
        "undo/database",
        programs=PROGRAMS,
        database=database,
        manifest=manifest,
        release=target.release or "",
        quiesced=paths.quiesced,
        unit=paths.unit,
        socket_unit=paths.socket_unit,
    )
    return Undo(
        step,
        script=text,
        stop=stop,
        note={"backup": manifest} if manifest else {},
    )
