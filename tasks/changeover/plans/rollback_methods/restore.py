"""Back by the verified backup of the release with its own schema: its restore point."""

from changeover.plans import migrations
from changeover.plans.migrations.protocol import Engine, fits, schema
from changeover.plans.rollback_methods.choose import restored
from changeover.plans.rollback_methods.gap import revision
from changeover.plans.rollback_methods.method import RESTORE, Method
from changeover.plans.snapshot import Backup, Release, Snapshot
from changeover.settings.app import App


def restore(app: App, snapshot: Snapshot, release: Release) -> Method:
    """Return which backup is the restore point, or why there is none."""
    engine = migrations.of(app)
    if engine is None or snapshot.database is None:
        return Method(RESTORE, problem="there is no backup, as no release changes the schema")
    if restored(snapshot, release.name):
        return Method(RESTORE, settled=True, revision=revision(app, snapshot))
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
