"""What the code needs to run and to build."""

from changeover.operations import dependencies
from changeover.run.phase import phase
from changeover.settings.app import App


@phase("Dependencies")
def install(app: App) -> None:
    """Install what the lock files ask for; nothing runs when they are known."""
    dependencies.python(name="Install Python packages", app=app)
    dependencies.node(name="Install Node packages", app=app)
