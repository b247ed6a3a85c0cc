"""When a backup is due, and which verified one is the way back."""

from changeover.plans import databases, pending, time_limits
from changeover.plans.databases.kind import Location
from changeover.plans.decision import Decision, done, todo
from changeover.plans.sandbox import stop
from changeover.plans.script import script
from changeover.plans.snapshot import Backup, Snapshot
from changeover.plans.target import Target
from changeover.plans.undo import Undo


def verified_now(snapshot: Snapshot) -> Backup | None:
    """Return the verified backup since which nothing was written to the database, if any."""
    if snapshot.database is None or snapshot.database.fingerprint is None:
        return None  # a fingerprint that cannot be had is like no other
    equal = [b for b in snapshot.backups if b.fingerprint == snapshot.database.fingerprint]
    return equal[-1] if equal else None


def decide(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether a backup has to be taken before this release goes on."""
    if snapshot.database is None:
        return done("there is no database yet")
    if not pending.closes(target, snapshot):
        return done("nothing changes the database")
    found = verified_now(snapshot)
    if found:
        return done(f"{found.manifest} is verified and nothing was written since")
    return todo("the database is about to change: a verified way back first")


def backup_script(target: Target, snapshot: Snapshot, database: Location) -> str:
    """Return the script that takes a backup and verifies it by restoring it."""
    serving = snapshot.releases.get(snapshot.current or "")
    checks, own = database.kind.own_check(target, serving.name) if serving else ((), {})
    return script(
        "backup/verified",
        functions=databases.functions(database, *checks),
        **databases.variables(target, database),
        **own,
        backups=target.paths.backups,
        app=target.app.name,
        release=serving.name if serving else "none",
        commit=serving.commit if serving else "none",
        short=serving.commit[:12] if serving else "none",
        more=[],
    )


def undo(target: Target, database: Location) -> Undo:
    """Return what removes that of which a killed backup made a half; a whole one is harmless."""
    text = script(
        "undo/backup",
        functions=databases.functions(database),
        **databases.variables(target, database),
        backups=target.paths.backups,
    )
    return Undo(
        "backup.take",
        script=text,
        stop=stop(target, *database.kind.tasks),
        shown=True,  # what could not be checked as ever
        limit_seconds=time_limits.backup_seconds(target),
        limit_setting=time_limits.setting(target),
    )
