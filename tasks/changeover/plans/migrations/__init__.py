"""Migration engines: one file each, behind the protocol of ``protocol.py``."""

from changeover.plans.migrations.alembic import AlembicEngine
from changeover.plans.migrations.django import DjangoEngine
from changeover.plans.migrations.protocol import Engine, Revisions
from changeover.settings.app import Alembic, App


def of(app: App) -> Engine | None:
    """Return the app's engine, None where its schema is not Changeover's business."""
    if app.migrations is None:
        return None
    if isinstance(app.migrations, Alembic):
        return AlembicEngine(app.migrations)
    return DjangoEngine(app.migrations)


def heads(app: App, revisions: Revisions) -> list[str]:
    """Return what a person is told of a database's revisions."""
    engine = of(app)
    return list(engine.heads(revisions) if engine else revisions)
