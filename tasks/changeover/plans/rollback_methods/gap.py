"""What is between a release's schema and the database's."""

from dataclasses import dataclass

from changeover.plans import migrations
from changeover.plans.migrations.protocol import Engine, schema
from changeover.plans.migrations.steps import History, Revisions, after
from changeover.plans.snapshot import Release, Snapshot
from changeover.settings.app import App


@dataclass(frozen=True)
class Gap:
    """What is between a release's schema and the database's."""

    steps: History = ()
    """Newest first."""
    knower: Release | None = None
    """The release whose code knows them."""
    problem: str = ""


def find_gap(app: App, snapshot: Snapshot, release: Release) -> Gap:
    """Return the steps from the release's schema to the database's, or why there is no way."""
    engine, database = migrations.of(app), snapshot.database
    if engine is None or database is None:
        return Gap()
    own, now = release.migrations or (), revision(app, snapshot)
    serving = snapshot.releases.get(snapshot.current or "")
    if serving and serving.engine not in ("", engine.title):
        return Gap(
            problem=f"what serves was migrated by {serving.engine}, of which {engine.title} knows"
            " nothing: a backup is the way back"
        )
    made = after((), engine.forward(own, ()))
    if made == database.revisions:
        return Gap()
    wanted = schema(engine, made)
    knower = _knower(engine, snapshot, database.revisions)
    if knower is None:
        return Gap(
            problem=f"no release on the host knows the way from the database's {now}"
            f" to the release's {wanted or 'state without migrations'}"
        )
    history = knower.migrations or ()
    there = engine.applied(history, database.revisions).union(database.revisions)
    if engine.forward(own, tuple(there)):
        why = f"the database is at {now or 'no revision'}, before the release's {wanted}"
        return Gap(problem=f"{why}: its migrations wait; release it instead")
    kept = frozenset(step.id for step in own)
    return Gap(engine.beyond(history, database.revisions, kept), knower)


def _knower(engine: Engine, snapshot: Snapshot, revisions: Revisions) -> Release | None:
    """Return a release that can run the database's migrations: what serves, else the newest."""

    def merit(release: Release) -> tuple[int, bool, str]:
        known = [step for step in release.migrations or () if step.id in revisions]
        return len(known), release.name == snapshot.current, release.name

    able = [
        release
        for release in snapshot.releases.values()
        if release.migrations and not missing(snapshot, release)
        if not engine.unknown(release.migrations, revisions)
    ]
    return max(able, key=merit, default=None)


def revision(app: App, snapshot: Snapshot) -> str | None:
    """Return what the database says of its schema, as a person is told."""
    revisions = snapshot.database.revisions if snapshot.database else ()
    return ", ".join(migrations.heads(app, revisions)) or None


def missing(snapshot: Snapshot, release: Release) -> str:
    """Return an environment or build that the release links to and that is not there."""
    for link in release.links.values():
        parts = link.split("/")
        for folder in ("environments", "builds"):
            name = parts[parts.index(folder) + 1] if folder in parts[:-1] else ""
            if name and name not in snapshot.environments:
                return name
    return ""


def unread(app: App, release: Release) -> str:
    """Return why nobody can tell which migrations a release has, "" where it is known."""
    engine = migrations.of(app)
    if engine is None:
        return ""
    if release.engine not in ("", engine.title):
        return (
            f"its migrations are {release.engine}'s, and deploys/{app.name}.py declares"
            f" {engine.title}: take that file as it was for the release"
        )
    if release.migrations is None and release.migrations_object is not None:
        return (
            "it has migrations that were never read; release it:"
            f" --data {app.name}_ref={release.commit}"
        )
    return ""
