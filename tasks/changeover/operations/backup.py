"""
Verified backups.

    backup.take(name="Take a verified backup", app=app)
"""

from pyinfra.api import operation

from changeover.operations.step import Commands, apply
from changeover.plans import backup
from changeover.settings.app import App


@operation()
def take(app: App) -> Commands:
    """
    Take a backup and restore it once, if this release changes the schema.

    The stored artefact is restored into a scratch database and its content digests are compared
    with those of the very snapshot that was copied. Nothing less counts as verified.
    """
    yield from apply(
        app,
        lambda v: backup.decide(v.target, v.snapshot),
        lambda v: backup.backup_script(v.target, v.snapshot, v.database),
        undo=lambda v: backup.undo(v.target, v.database),
    )
