"""
Migrations of the database's schema.

    migrate.history(name="Read the migration history", app=app)
"""

from pyinfra.api import operation

from changeover.operations.step import Commands, apply, stop_at_problems
from changeover.plans import migrate
from changeover.plans.preflight import blocked, unknown_revisions
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target
from changeover.settings.app import App


@operation()
def history(app: App) -> Commands:
    """
    Read the release's migration history.

    It is kept beside the release's code, so that later runs know what is pending without
    asking. No database is asked. It runs in the wanted environment, as the app's settings may
    need that.
    """
    yield from apply(
        app,
        lambda v: migrate.decide_history(v.target, v.snapshot),
        lambda v: migrate.history_script(v.target),
        undo=lambda v: migrate.undo_history(v.target),
    )


@operation()
def check_schema(app: App) -> Commands:
    """
    See that the release knows the schema of the database, before the site is closed for it.

    Nothing else is in the way of its migrations either, as far as their engine knows.
    """
    settled = "the release knows the schema of the database"
    yield from stop_at_problems(app, lambda v: _misfits(v.target, v.snapshot), settled)


def _misfits(target: Target, snapshot: Snapshot) -> list[str]:
    return [*unknown_revisions(target, snapshot), *blocked(target, snapshot)]


@operation()
def forward(app: App) -> Commands:
    """
    Apply pending migrations, one named step at a time.

    After each step the database must say what it said before, and that step. Refuses where there
    is data and no verified backup of exactly this data.
    """
    yield from apply(
        app,
        lambda v: migrate.decide(v.target, v.snapshot),
        lambda v: migrate.migrate_script(v.target, v.snapshot, v.database, v.way_back),
        undo=lambda v: migrate.undo(v.target, v.snapshot, v.database, v.way_back),
        forbid=lambda v: migrate.refusal(v.target, v.snapshot, v.way_back),
    )
