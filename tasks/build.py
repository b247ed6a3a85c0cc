"""The front end and other assets."""

from tasks.operations import build
from tasks.phase import phase
from tasks.settings.app import App


@phase("Build")
def assets(app: App) -> None:
    """Build what changed, never in a live tree."""
    build.assets(name="Build the front end", app=app)
