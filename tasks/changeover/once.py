"""What runs once, after the release."""

from changeover.operations import once
from changeover.run.phase import phase
from changeover.settings.app import App


@phase("Once")
def run(app: App) -> None:
    """Run each one-time command that has not run yet; a failure does not undo the release."""
    once.run(name="Run what runs once", app=app)
