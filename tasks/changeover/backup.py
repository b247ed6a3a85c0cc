"""A verified way back."""

from changeover.operations import backup
from changeover.run.phase import phase
from changeover.settings.app import App


@phase("Backup")
def take(app: App) -> None:
    """Take a backup and restore it once, before migrations run."""
    backup.take(name="Take a verified backup", app=app)


# its name in deploy files of earlier versions: an upgrade changes none of them
verified = take
