"""What is known of a release's migrations: its history, what waits, what must close the site."""

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.plans.snapshot import Snapshot
from tasks.plans.target import Back, Target
from tasks.plans.ways import DOWNGRADE, RESTORE, restored


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
    if target.app.migrations is None or steps is None or snapshot.database is None:
        return ()
    known = {step["id"] for step in steps}
    return tuple(found for found in snapshot.database.revisions if found not in known)


def head(target: Target, snapshot: Snapshot) -> str | None:
    """Return the revision that the database has once the release serves."""
    steps = history(target, snapshot)
    return str(steps[-1]["id"]) if steps else None


def closes(target: Target, snapshot: Snapshot) -> bool:
    """
    Tell whether this release needs the site closed: migrations wait, or the data goes back.

    Also where there is no database yet: what visitors write into a new one would be gone when the
    release is undone.
    """
    if target.back:
        return data_goes_back(target.back, snapshot)
    return pending(target, snapshot) != ()


def why_closed(target: Target) -> str:
    """Return why nobody may write meanwhile."""
    return f"{'the database goes back' if target.back else 'migrations wait'}, so nobody may write"


def data_goes_back(back: Back, snapshot: Snapshot) -> bool:
    """Tell whether a rollback has yet to change the database."""
    if snapshot.database is None:
        return False
    if back.way.name == DOWNGRADE:
        return snapshot.database.revisions != (back.way.revision,)
    return back.way.name == RESTORE and not restored(snapshot, back.release.name)


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
