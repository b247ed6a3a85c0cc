"""What the code needs to run and to build."""

from tasks.operations import dependencies, migrate
from tasks.phase import phase
from tasks.settings.app import App


@phase("Dependencies")
def install(app: App) -> None:
    """Install what the lock files ask for; nothing runs when they are known."""
    dependencies.python(name="Install Python packages", app=app)
    dependencies.node(name="Install Node packages", app=app)
    migrate.history(name="Read the migration history", app=app)
    migrate.fitting(name="See that the release knows the schema", app=app)
