"""A verified way back."""

from tasks.operations import backup
from tasks.phase import phase
from tasks.settings.app import App


@phase("Backup")
def verified(app: App) -> None:
    """Take a backup and restore it once, before migrations run."""
    backup.verified(name="Take a verified backup", app=app)
