"""The front end and other assets."""

from changeover.operations import build
from changeover.run.phase import phase
from changeover.settings.app import App


@phase("Build")
def assets(app: App) -> None:
    """Build what changed, never in a live tree."""
    build.assets(name="Build the front end", app=app)
