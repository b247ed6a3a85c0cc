"""
Migrations, rehearsed.

    rehearse.migrations(name="Rehearse migrations on a copy of the data", app=app)
"""

from pyinfra.api import operation

from changeover.operations.step import Commands, apply
from changeover.plans import rehearse
from changeover.settings.app import App


@operation()
def migrations(app: App) -> Commands:
    """
    Apply pending migrations to a scratch copy of today's data, before anything is closed.

    The copy is restored from a backup that is taken while people write. Shown is how long each
    step took, which locks it held, and what it takes away. A step that fails, or data that is not
    as expected after the last one, stops the release; nothing was closed then. The copy goes in
    the end, also when the rehearsal is killed.
    """
    yield from apply(
        app,
        lambda v: rehearse.decide(v.target, v.snapshot),
        lambda v: rehearse.rehearse_script(v.target, v.snapshot, v.database),
        undo=lambda v: rehearse.undo(v.target, v.database),
        changes=lambda _: False,  # but a copy
    )
