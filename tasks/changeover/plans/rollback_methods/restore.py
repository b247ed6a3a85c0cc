"""Back by the verified backup of the release with its own schema: its restore point."""

from changeover.plans import migrations
from changeover.plans.migrations.protocol import fits, schema
from changeover.plans.rollback_methods.choose import restored
from changeover.plans.rollback_methods.gap import revision
from changeover.plans.rollback_methods.method import RESTORE, Method
from changeover.plans.snapshot import Release, Snapshot
from changeover.settings.app import App


def restore(app: App, snapshot: Snapshot, release: Release) -> Method:
    """Return which backup is the restore point, or why there is none."""
    engine = migrations.of(app)
    if engine is None or snapshot.database is None:
        return Method(RESTORE, problem="there is no backup, as no release changes the schema")
    if restored(snapshot, release.name):
        return Method(RESTORE, settled=True, revision=revision(app, snapshot))
    taken = [backup for backup in snapshot.backups if backup.release == release.name]
    noted = [
        (one, found) for one in taken if (found := one.noted_in(engine.table.name)) is not None
    ]
    points = [(one, found) for one, found in noted if fits(engine, release.migrations or (), found)]
    if not points:
        why = "no verified backup of the release with its schema is kept"
        if taken and not noted:
            why += f" of which it is known what {engine.title} had done"
        return Method(RESTORE, problem=why)
    backup, revisions = points[-1]
    return Method(
        RESTORE,
        loses=f"what was written since the backup of {backup.started}",
        revision=schema(engine, revisions),
        manifest=backup.manifest,
    )
