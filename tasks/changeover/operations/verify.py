"""
What an app's deploy file expects of a release before it serves.

    verify.data(name="See that data and release are as expected", app=app)
"""

from pyinfra.api import operation

from changeover.operations.step import Commands, apply
from changeover.plans import verify
from changeover.settings.app import App


@operation()
def data(app: App) -> Commands:
    """
    See that the data is as expected, and that the release's own checks succeed.

    After the migrations, while nobody writes, and before the release serves. The database is only
    read. All that is not as expected is said at once.
    """
    yield from apply(
        app,
        lambda v: verify.decide(v.target, v.snapshot),
        lambda v: verify.data_script(v.target, v.snapshot, v.database),
        undo=lambda v: verify.undo(v.target),
        changes=lambda v: bool(v.target.app.checks),  # a command may do anything
    )
