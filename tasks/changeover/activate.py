"""The switch."""

from changeover.operations import activate
from changeover.run.phase import phase
from changeover.settings.app import App


@phase("Activate")
def release(app: App) -> None:
    """Put the environment and the release in force."""
    activate.release(name="Activate the release", app=app)
