"""The switch."""

from tasks.operations import activate
from tasks.phase import phase
from tasks.settings.app import App


@phase("Activate")
def release(app: App) -> None:
    """Put the environment and the release in force."""
    activate.release(name="Activate the release", app=app)
