"""Pending migrations, tried before anything is closed."""

from changeover.operations import rehearse
from changeover.run.phase import phase
from changeover.settings.app import App


@phase("Rehearse")
def migrations(app: App) -> None:
    """Apply pending migrations to a copy of today's data, and tell what they do."""
    rehearse.migrations(name="Rehearse migrations on a copy of the data", app=app)
