"""The database's schema."""

from changeover.operations import migrate
from changeover.run.phase import phase
from changeover.settings.app import App


@phase("Migrate")
def forward(app: App) -> None:
    """Apply pending migrations step by step, and see each arrive."""
    migrate.forward(name="Apply migrations", app=app)
