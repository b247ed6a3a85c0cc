"""The ways back: which release a rollback leads to, which ways are open, what each one loses."""

import re
from dataclasses import dataclass

from changeover.plans import migrations
from changeover.plans.migrations.protocol import Engine, fits, schema
from changeover.plans.migrations.steps import History, Move, Revisions, after
from changeover.plans.snapshot import Backup, Release, Snapshot
from changeover.settings.app import App

CODE, DOWNGRADE, RESTORE = METHODS = ("code", "downgrade", "restore")
KIND = "rollback"
_COMMIT = re.compile(r"[0-9a-f]{7,40}")


@dataclass(frozen=True)
class Method:
    """One way back to a release."""

    name: str
    problem: str = ""
    """Why it is not open, "" where it is."""
    loses: str = ""
    """What is lost by it; of ``restore`` only the host can count that."""
    settled: bool = False
    """There is nothing left to do."""
    revision: str | None = None
    """What the app then says of its schema."""
    moves: tuple[Move, ...] = ()
    """Steps that are taken back, the newest first."""
    knower: str = ""
    """The release whose code can take them back."""
    manifest: str = ""
    """The backup that is restored."""

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of the steps that are taken back, the newest first."""
        return tuple(move.step for move in self.moves)


@dataclass(frozen=True)
class _Gap:
    """What is between a release's schema and the database's."""

    steps: History = ()
    """Newest first."""
    knower: Release | None = None
    """The release whose code knows them."""
    problem: str = ""


def choose(snapshot: Snapshot, to: str = "") -> Release:
    """
    Return the release that a rollback leads to.

    Without ``to`` it is the one that served before, except after a rollback: then it is the one
    that serves, so that the same command does not go further back each time. A release that was
    rolled back is not gone back to. Raises ValueError where there is none.
    """
    if snapshot.current is None or snapshot.current not in snapshot.releases:
        raise ValueError("nothing serves, so there is nothing to go back from; release a commit")
    if to:
        return _named(snapshot, to)
    if rolled_back(snapshot):
        return snapshot.releases[snapshot.current]
    good = [
        release
        for release in snapshot.releases.values()
        if release.committed and not release.withdrawn and release.name != snapshot.current
    ]
    if not good:
        raise ValueError("no earlier release that served is on the host; release an older commit")
    return max(good, key=lambda release: release.committed or "")


def rolled_back(snapshot: Snapshot) -> bool:
    """Tell whether what serves was gone back to, and nothing was released since."""
    return _latest(snapshot)[0].startswith(KIND) and _latest(snapshot)[1] == snapshot.current


def restored(snapshot: Snapshot, release: str) -> bool:
    """Tell whether the last changeover restored the restore point of this very release."""
    return _latest(snapshot) == (f"{KIND} {RESTORE}", release)


def methods(app: App, snapshot: Snapshot, release: Release) -> tuple[Method, ...]:
    """Return the three ways to a release, open or not."""
    missing = _missing(snapshot, release)
    if missing:
        why = (
            f"{missing} of the release is gone from the host; release it:"
            f" --data {app.name}_ref={release.commit}"
        )
        return tuple(Method(name, problem=why) for name in METHODS)
    gap = _gap(app, snapshot, release)
    if gap.problem:
        backup = _restore(app, snapshot, release)
        return Method(CODE, gap.problem), Method(DOWNGRADE, gap.problem), backup
    return (
        _code(app, snapshot, release, gap),
        _downgrade(app, snapshot, release, gap),
        _restore(app, snapshot, release),
    )


def _latest(snapshot: Snapshot) -> tuple[str, str | None]:
    latest = snapshot.latest or {}
    return str(latest.get("kind") or ""), (latest.get("to") or {}).get("release")


def _named(snapshot: Snapshot, to: str) -> Release:
    found = [
        release
        for release in snapshot.releases.values()
        if release.name == to or (_COMMIT.fullmatch(to) and release.commit.startswith(to))
    ]
    known = ", ".join(name for name, one in snapshot.releases.items() if one.committed) or "none"
    if len(found) != 1:
        many = "more than one release is" if found else "no release on the host is"
        raise ValueError(f"rollback_to: {many} {to}; those that served: {known}")
    if not found[0].committed and found[0].name != snapshot.current:
        raise ValueError(f"rollback_to: {to} never served here; those that did: {known}")
    return found[0]


def _missing(snapshot: Snapshot, release: Release) -> str:
    """Return an environment or build that the release links to and that is not there."""
    for link in release.links.values():
        parts = link.split("/")
        for folder in ("environments", "builds"):
            name = parts[parts.index(folder) + 1] if folder in parts[:-1] else ""
            if name and name not in snapshot.environments:
                return name
    return ""


def _code(app: App, snapshot: Snapshot, release: Release, gap: _Gap) -> Method:
    engine, now = migrations.of(app), _schema(app, snapshot)
    way = Method(
        CODE,
        loses="nothing: data and schema stay as they are",
        settled=release.name == snapshot.current,
        # code from before the database says nothing of a schema
        revision=now if release.migrations else None,
    )
    declared = engine.backward_compatible if engine else ()
    strange = [step.id for step in gap.steps if step.id not in declared]
    if engine is None or not strange or way.settled:
        return way
    listed = ", ".join(f'"{revision}"' for revision in reversed(strange))
    return Method(
        CODE,
        problem=f"the database is at {now}, which the release does not know; if its code runs on"
        f" that schema, declare {engine.title}(backward_compatible=({listed},)) in"
        f" deploys/{app.name}.py",
    )


def _downgrade(app: App, snapshot: Snapshot, release: Release, gap: _Gap) -> Method:
    engine, database = migrations.of(app), snapshot.database
    if engine is None or database is None:
        return Method(DOWNGRADE, problem="there are no migrations to take back")
    if not release.migrations:
        return Method(
            DOWNGRADE, problem="the release has no migrations, so no schema to go down to"
        )
    if not gap.steps or gap.knower is None:
        settled = release.name == snapshot.current
        why = "" if settled else "the release knows the schema: there is nothing to take back"
        return Method(DOWNGRADE, why, settled=settled, revision=_schema(app, snapshot))
    kept = frozenset(step.id for step in release.migrations)
    refused = engine.judge(gap.knower.migrations or (), database.rows).refused
    if refused:
        return Method(DOWNGRADE, refused[0].said)
    try:
        moves = engine.back(gap.knower.migrations or (), database.revisions, kept)
    except ValueError as error:
        return Method(DOWNGRADE, str(error))
    told = ", ".join(f"{step.id} ({step.title})" for step in gap.steps)
    return Method(
        DOWNGRADE,
        loses=f"the columns and tables that taking back {told} drops, with what is in them",
        revision=schema(engine, after(database.revisions, moves)),
        moves=moves,
        knower=gap.knower.name,
    )


def _restore(app: App, snapshot: Snapshot, release: Release) -> Method:
    engine = migrations.of(app)
    if engine is None or snapshot.database is None:
        return Method(RESTORE, problem="there is no backup, as no release changes the schema")
    if restored(snapshot, release.name):
        return Method(RESTORE, settled=True, revision=_schema(app, snapshot))
    backup = _point(engine, snapshot, release)
    if backup is None:
        return Method(RESTORE, problem="no verified backup of the release with its schema is kept")
    return Method(
        RESTORE,
        loses=f"what was written since the backup of {backup.started}",
        revision=schema(engine, backup.revisions),
        manifest=backup.manifest,
    )


def _point(engine: Engine, snapshot: Snapshot, release: Release) -> Backup | None:
    """Return the newest verified backup of a release with its own schema: its restore point."""
    history = release.migrations or ()
    taken = [backup for backup in snapshot.backups if backup.release == release.name]
    found = [backup for backup in taken if fits(engine, history, backup.revisions)]
    return found[-1] if found else None


def _schema(app: App, snapshot: Snapshot) -> str | None:
    revisions = snapshot.database.revisions if snapshot.database else ()
    return ", ".join(migrations.heads(app, revisions)) or None


def _gap(app: App, snapshot: Snapshot, release: Release) -> _Gap:
    """Return the steps from the release's schema to the database's, or why there is no way."""
    engine, database = migrations.of(app), snapshot.database
    if engine is None or database is None:
        return _Gap()
    own, now = release.migrations or (), _schema(app, snapshot)
    made = after((), engine.forward(own, ()))
    if made == database.revisions:
        return _Gap()
    wanted = schema(engine, made)
    knower = _knower(engine, snapshot, database.revisions)
    if knower is None:
        return _Gap(
            problem=f"no release on the host knows the way from the database's {now}"
            f" to the release's {wanted or 'state without migrations'}"
        )
    history = knower.migrations or ()
    there = engine.applied(history, database.revisions).union(database.revisions)
    if engine.forward(own, tuple(there)):
        why = f"the database is at {now or 'no revision'}, before the release's {wanted}"
        return _Gap(problem=f"{why}: its migrations wait; release it instead")
    kept = frozenset(step.id for step in own)
    return _Gap(engine.beyond(history, database.revisions, kept), knower)


def _knower(engine: Engine, snapshot: Snapshot, revisions: Revisions) -> Release | None:
    """Return a release that can run the database's migrations: what serves, else the newest."""

    def merit(release: Release) -> tuple[int, bool, str]:
        known = [step for step in release.migrations or () if step.id in revisions]
        return len(known), release.name == snapshot.current, release.name

    able = [
        release
        for release in snapshot.releases.values()
        if release.migrations and not _missing(snapshot, release)
        if not engine.unknown(release.migrations, revisions)
    ]
    return max(able, key=merit, default=None)
