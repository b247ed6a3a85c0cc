"""The app's processes."""

from changeover.operations import service
from changeover.run.phase import phase
from changeover.settings.app import App


@phase("Quiesce")
def quiesce(app: App) -> None:
    """Stop the app, if this release must not be written under."""
    service.quiesce(name="Stop the app", app=app)


@phase("Service")
def restart(app: App) -> None:
    """Run what should run; restart only what does not."""
    service.install(name="Install the processes", app=app)
    service.restart(name="Restart the app", app=app)
