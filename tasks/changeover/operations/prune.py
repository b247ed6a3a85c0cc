"""
Removal of what is no longer needed.

    prune.old(name="Remove old releases", app=app)
"""

from pyinfra import state
from pyinfra.api import operation

from changeover.operations.step import Commands, apply
from changeover.operations.view import View
from changeover.plans import prune
from changeover.plans.snapshot import Snapshot
from changeover.settings.app import App


@operation()
def old(app: App) -> Commands:
    """
    Remove old releases with their backups, environments and builds.

    Failed releases go first; what serves, the newest good ones and the last good backup stay.
    """
    yield from apply(
        app,
        lambda v: prune.decide(v.target, _seen(v)),
        lambda v: prune.prune_script(v.target, v.snapshot, v.database),
        changes=lambda _: False,  # nothing that follows decides by what is old
    )


def _seen(view: View) -> Snapshot:
    """Return what is so when it comes to pruning: a plan is shown before anything was done."""
    return view.snapshot if state.is_executing else prune.foreseen(view.target, view.snapshot)
