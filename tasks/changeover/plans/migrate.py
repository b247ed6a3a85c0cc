"""Pending migrations, and applying them one named step at a time."""

from collections.abc import Sequence

from changeover.host.sandbox.room import RESERVE_MEGABYTES
from changeover.plans import budget, databases, migrations, pending, time_limits
from changeover.plans.databases.kind import Location
from changeover.plans.decision import Decision, done, todo
from changeover.plans.migrations.steps import Move, whole
from changeover.plans.processes import engine_script
from changeover.plans.sandbox import stop, variables
from changeover.plans.script import Variable, script
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target
from changeover.plans.undo import STEP_SECONDS, Undo


def decide_history(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether the release's migration history has to be read."""
    if target.app.migrations is None or (target.commit and not target.has_migrations):
        return done("the release has no migrations")
    release = snapshot.releases.get(target.release or "")
    # a new release is made with a history that is known of another
    engine = migrations.of(target.app)
    own = release.history_by(engine.title) if release and engine else None
    known = pending.history(target, snapshot) if release is None else own
    if known is not None:
        return done(f"{len(known)} migrations are known")
    return todo("the release's migrations are not known yet")


def decide(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether migrations have to be applied."""
    waiting = pending.names(target, snapshot)
    if waiting is None:
        return todo("the release's migrations are not known yet")
    if waiting:
        return todo(f"pending: {', '.join(waiting)}")
    revision = pending.head(target, snapshot)
    return done(f"the database is at {revision}" if revision else "the release has no migrations")


def refusal(target: Target, snapshot: Snapshot, manifest: str) -> str:
    """Return why migrations may not begin, "" where they may: they could not be undone in time."""
    return time_limits.refusal(target, time_limits.of(snapshot, manifest))


def migrate_script(target: Target, snapshot: Snapshot, database: Location, manifest: str) -> str:
    """
    Return the script that applies all pending steps, in one process of the engine's.

    ``manifest`` is the verified backup of exactly today's data, "" where there is none; the
    script refuses that unless the database is new.
    """
    return script(
        "migrate/forward",
        functions=moving(target, database),
        **engine_variables(target)
        | move_variables(
            target, database, manifest, pending.moves(target, snapshot) or (), together=True
        )
        | {"seconds": target.values.migration_timeout_seconds}
        | {"candidate": target.paths.candidate, "env_file": target.paths.env_file}
        # what its undo restores needs room beside it
        | {"reserve": budget.database_kilobytes(snapshot) // 1024 + RESERVE_MEGABYTES},
        release_path=target.release_path or "",
        shared=target.paths.shared,
        rehearsed=target.paths.rehearsed,
    )


def history_script(target: Target) -> str:
    """Return the script that writes the release's migration history beside its code."""
    engine = migrations.of(target.app)
    return script(
        "migrate/history",
        functions=functions(target, "migrate/run"),
        **engine_variables(target),
        release_path=target.release_path or "",
        candidate=target.paths.candidate,
        env_file=target.paths.env_file,
        history=f"{target.release_path}/.changeover/migrations.json",
        engine=engine.title if engine else "",
        marker=engine.marker if engine else "",
        # nothing may be written, so that code which asks the database unasked does no harm
        shared="",
    )


def functions(target: Target, *others: str) -> tuple[str, ...]:
    """Return the script files of shell functions that move a schema, the engine's own last."""
    engine = migrations.of(target.app)
    return (*others, engine.functions) if engine else others


def moving(target: Target, database: Location) -> tuple[str, ...]:
    """Return the same for steps: run in the app's sandbox, and the database looked at after."""
    return functions(target, "migrate/run", *databases.functions(database), "migrate/move")


def engine_variables(target: Target) -> dict[str, Variable]:
    """Return the variables of the functions that run the engine."""
    engine = migrations.of(target.app)
    known = engine.variables() if engine else {}
    return {
        **variables(target),
        "root": target.paths.root,
        "reserve": 0,
        "seconds": STEP_SECONDS,
        **known,
    }


def move_variables(
    target: Target,
    database: Location,
    manifest: str,
    found: Sequence[Move],
    *,
    together: bool = False,
) -> dict[str, Variable]:
    """
    Return the variables of the functions that take steps, either way, and look after them.

    They look after each, or once where the engine takes all steps ``together``.
    """
    looked_at = [whole(found)] if together and found else found
    return {
        **databases.variables(target, database),
        "manifest": manifest,
        "new_database": _new_database(target),
        "log": f"{target.paths.state}/migrate.log",
        "steps": [move.step for move in found],
        "to": [move.to for move in found],
        "gains": ["\n".join(move.gains) for move in looked_at],
        "drops": ["\n".join(move.drops) for move in looked_at],
    }


def undo_history(target: Target) -> Undo:
    """Return what stops the reading; a history that was read is harmless."""
    return Undo("migrate.history", stop=stop(target, "migrate"), shown=True)


def undo(
    target: Target,
    snapshot: Snapshot,
    database: Location,
    manifest: str,
    step: str = "migrate.forward",
) -> Undo:
    """Return what puts the database back: its verified backup, or nothing where none was."""
    ended = stop(target, "migrate")
    if snapshot.database is not None and not manifest:
        # the step itself refuses to touch data without a way back
        return Undo(step, stop=ended)
    text = engine_script(
        target,
        snapshot,
        "undo/database",
        databases.functions(database),
        **databases.variables(target, database),
        app=target.app.name,
        manifest=manifest,
        new_database=_new_database(target),
        release=target.release or "",
        quiesced=target.paths.quiesced,
    )
    return Undo(
        step,
        script=text,
        stop=ended,
        limit_seconds=target.values.migration_timeout_seconds,
        limit_setting=time_limits.migration_setting(target),
        undo_seconds=time_limits.restore_seconds(time_limits.of(snapshot, manifest)),
        note={"backup": manifest} if manifest else {},
    )


def _new_database(target: Target) -> str:
    """Return the mark in the journal, with which it goes, that migrations begin without data."""
    return f"{target.paths.state}/undo.d/new-database"
