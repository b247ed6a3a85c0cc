"""Pending migrations, tried before anything is closed."""

from tasks.operations import rehearse
from tasks.phase import phase
from tasks.settings.app import App


@phase("Rehearse")
def migrations(app: App) -> None:
    """Apply pending migrations to a copy of today's data, and tell what they do."""
    rehearse.migrations(name="Rehearse migrations on a copy of the data", app=app)
