"""What is no longer needed."""

from tasks.operations import prune
from tasks.phase import phase
from tasks.settings.app import App


@phase("Prune")
def old(app: App) -> None:
    """Remove old releases with what belongs to them."""
    prune.old(name="Remove old releases", app=app)
