"""The app's environment."""

from tasks.operations import environment
from tasks.phase import phase
from tasks.settings.app import App


@phase("Environment")
def prepare(app: App) -> None:
    """Prepare the environment that activation will put in force."""
    environment.candidate(name="Prepare the environment", app=app)
