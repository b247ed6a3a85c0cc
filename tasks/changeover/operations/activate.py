"""
The switch to the release.

    activate.release(name="Activate the release", app=app)
"""

from pyinfra.api import operation

from changeover.operations.step import Commands, apply
from changeover.plans import activate
from changeover.settings.app import App


@operation()
def release(app: App) -> Commands:
    """
    Put the environment and the release in force.

    The environment's old file is kept; ``current`` is switched by one rename.
    """
    yield from apply(
        app,
        lambda v: activate.decide(
            v.target,
            v.snapshot,
            environment_changes=v.environment_changes,
            assets_linked=v.assets_linked,
        ),
        lambda v: activate.activate_script(v.target, v.target.build_key(v.public)),
        undo=lambda v: activate.undo(v.target, v.snapshot, v.target.build_key(v.public)),
        # else the restart certainly follows, which is decided alike, and looked at itself
        changes=lambda v: v.environment_changes or not v.restart.needed,
    )
