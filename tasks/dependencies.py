"""What the code needs to run and to build."""

from tasks.operations import dependencies
from tasks.phase import phase
from tasks.settings.app import App


@phase("Dependencies")
def install(app: App) -> None:
    """Install what the lock files ask for; nothing runs when they are known."""
    dependencies.python(name="Install Python packages", app=app)
    dependencies.node(name="Install Node packages", app=app)
