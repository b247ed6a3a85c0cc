"""What is no longer needed."""

from changeover.operations import prune
from changeover.run.phase import phase
from changeover.settings.app import App


@phase("Prune")
def old(app: App) -> None:
    """Remove old releases with what belongs to them."""
    prune.old(name="Remove old releases", app=app)
