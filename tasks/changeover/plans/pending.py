"""What is known of a release's migrations: its history, what waits, what must close the site."""

from changeover.plans import migrations
from changeover.plans.migrations.judgement import Judgement
from changeover.plans.migrations.protocol import schema
from changeover.plans.migrations.steps import History, Move, after
from changeover.plans.rollback_methods.choose import restored
from changeover.plans.rollback_methods.method import DOWNGRADE, RESTORE
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Rollback, Target


def history(target: Target, snapshot: Snapshot) -> History | None:
    """Return the wanted release's migrations, oldest first; None where they are not known yet."""
    if target.commit is not None and not target.has_migrations:
        return ()
    engine, release = migrations.of(target.app), snapshot.releases.get(target.release or "")
    title = engine.title if engine else ""
    if release is not None and (known := release.history_by(title)) is not None:
        return known
    same = (
        other.history_by(title)
        for other in snapshot.releases.values()
        if target.commit and target.migrations_object is not None  # else nobody knows
        if other.migrations_object == target.migrations_object
        if other.migrations_shared
    )
    return next((found for found in same if found is not None), None)


def moves(target: Target, snapshot: Snapshot) -> tuple[Move, ...] | None:
    """Return the steps to apply, in order; None where they are not known yet."""
    engine, steps = migrations.of(target.app), history(target, snapshot)
    if engine is None:
        return ()
    if snapshot.database and snapshot.database.error:
        return None  # it does not say what it has
    return None if steps is None else engine.forward(steps, _revisions(snapshot))


def names(target: Target, snapshot: Snapshot) -> tuple[str, ...] | None:
    """Return the names of the steps to apply, in order; None where they are not known yet."""
    found = moves(target, snapshot)
    return None if found is None else tuple(move.step for move in found)


def unknown(target: Target, snapshot: Snapshot) -> tuple[str, ...]:
    """Return the revisions of the database that are beyond the wanted release."""
    engine, steps = migrations.of(target.app), history(target, snapshot)
    return engine.unknown(steps, _revisions(snapshot)) if engine and steps is not None else ()


def judgement(target: Target, snapshot: Snapshot) -> Judgement | None:
    """Return how the wanted release's steps stand in the database; None where nobody can tell."""
    return judged(target, snapshot, history(target, snapshot))


def judged(target: Target, snapshot: Snapshot, steps: History | None) -> Judgement | None:
    """Return how the steps of a history stand in the database; None where nobody can tell."""
    engine, database = migrations.of(target.app), snapshot.database
    if engine is None or steps is None or database is None or database.error:
        return None
    return engine.judge(steps, database.rows)


def head(target: Target, snapshot: Snapshot) -> str | None:
    """Return what the app says of its schema once the release serves."""
    engine, found = migrations.of(target.app), moves(target, snapshot)
    if engine is None or found is None or not history(target, snapshot):
        return None
    return schema(engine, after(_revisions(snapshot), found))


def closes(target: Target, snapshot: Snapshot) -> bool:
    """
    Tell whether this release needs the site closed: migrations wait, or the data goes back.

    Also where there is no database yet: what visitors write into a new one would be gone when the
    release is undone.
    """
    if target.rollback:
        return data_goes_back(target.rollback, snapshot)
    return names(target, snapshot) != ()


def why_closed(target: Target) -> str:
    """Return why nobody may write meanwhile."""
    return (
        f"{'the database goes back' if target.rollback else 'migrations wait'}, so nobody may write"
    )


def data_goes_back(back: Rollback, snapshot: Snapshot) -> bool:
    """Tell whether a rollback has yet to change the database."""
    if snapshot.database is None:
        return False
    if back.method.name == DOWNGRADE:
        return any(
            gone in snapshot.database.revisions for move in back.method.moves for gone in move.drops
        )
    return back.method.name == RESTORE and not restored(snapshot, back.release.name)


def _revisions(snapshot: Snapshot) -> tuple[str, ...]:
    return snapshot.database.revisions if snapshot.database else ()
