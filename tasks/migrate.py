"""The database's schema."""

from tasks.operations import migrate
from tasks.phase import phase
from tasks.settings.app import App


@phase("Migrate")
def forward(app: App) -> None:
    """Apply pending migrations step by step, and see each arrive."""
    migrate.forward(name="Apply migrations", app=app)
