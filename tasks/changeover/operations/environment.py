"""
The app's environment file.

    environment.prepare(name="Prepare the environment", app=app)
"""

from pyinfra.api import operation

from changeover.operations.step import Commands, apply
from changeover.operations.view import View
from changeover.plans import environment
from changeover.plans.databases.kind import Location
from changeover.settings.app import App


@operation()
def prepare(app: App) -> Commands:
    """
    Prepare the environment that activation will put in force.

    Missing keys are added; others change or go only when the settings name them; the rest of the
    host's file is kept to the letter. Values come over stdin into a 0600 file.
    """
    yield from apply(
        app,
        lambda v: environment.decide(v.target, v.snapshot, v.merge, changes=v.environment_changes),
        lambda v: environment.prepare_script(
            v.target, changes=v.environment_changes, password_of=_password_of(v)
        ),
        lambda v: v.wanted.lines(),
        undo=lambda v: environment.undo(v.target, password_of=_password_of(v)),
        told_in_plan=True,
    )


def _password_of(view: View) -> Location | None:
    return view.database if view.sets_password else None
