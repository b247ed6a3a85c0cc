"""Alembic's engine: how its history is read, and how one step is applied."""

from tasks.plans.paths import DEPLOY_USER
from tasks.plans.script import script
from tasks.plans.target import Target


# Loads the migration scripts without running env.py, so that no database is needed.
def read_script(target: Target) -> str:
    """Return the script that writes the release's migration history beside its code."""
    migrations = target.app.migrations
    return script(
        "migrate/alembic_history",
        release_path=target.release_path or "",
        history=f"{target.release_path}/.changeover/migrations.json",
        config=migrations.config if migrations else "",
        deploy_user=DEPLOY_USER,
    )
