"""The app's environment."""

from changeover.operations import environment, migrate
from changeover.run.phase import phase
from changeover.settings.app import App


@phase("Environment")
def prepare(app: App) -> None:
    """Prepare the environment that activation will put in force; read migrations in it."""
    environment.prepare(name="Prepare the environment", app=app)
    migrate.history(name="Read the migration history", app=app)
    migrate.check_schema(name="See that the release knows the schema", app=app)
