"""
Migration engines: one file each, behind the protocol of ``protocol.py``, and one line here.

An engine of your own needs no other place: its file declares a class that inherits ``Migrations``,
and says ``ENGINES.add(Mine, MineEngine)``.
"""

from typing import Any, Protocol

from changeover.host.registry import Registry, UnknownError
from changeover.host.revisions.table import Table
from changeover.plans.migrations.alembic import AlembicEngine
from changeover.plans.migrations.django import DjangoEngine
from changeover.plans.migrations.protocol import Engine
from changeover.plans.migrations.steps import Revisions
from changeover.settings.app import App
from changeover.settings.load import SettingsError
from changeover.settings.migrations import Alembic, Django, Migrations


class Maker(Protocol):
    """An engine's class: it is made of what a deploy file declares."""

    @property
    def table(self) -> Table:
        """Where a database notes what was applied to it."""

    def __call__(self, declared: Any, /) -> Engine:
        """Return the engine for one app."""


ENGINES: Registry[type[Migrations], Maker] = Registry(
    "migration engine",
    {
        Alembic: AlembicEngine,
        Django: DjangoEngine,
    },
)
ENGINES.require(__name__, __path__, "judgement", "protocol", "steps", keys=Migrations.kinds())


def of(app: App) -> Engine | None:
    """
    Return the app's engine, None where its schema is not Changeover's business.

    Raises SettingsError where nobody has said which engine is meant by what the app declares.
    """
    if app.migrations is None:
        return None
    try:
        return ENGINES[type(app.migrations)](app.migrations)
    except UnknownError as error:
        raise SettingsError([f"migrations by {error}"]) from None


def tables(app: App) -> tuple[Table, ...]:
    """Return where a database notes the app's migrations."""
    engine = of(app)
    if engine:
        return (engine.table,)
    # what is known of an app that declares none: status shows it, and a URL that leads away is seen
    return tuple(engine.table for engine in ENGINES.values())


def heads(app: App, revisions: Revisions) -> list[str]:
    """Return what a person is told of a database's revisions."""
    engine = of(app)
    return list(engine.heads(revisions) if engine else revisions)
