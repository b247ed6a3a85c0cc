"""
Closing and opening the site.

    maintenance.close(name="Close the site", app=app, why="by hand")
"""

from pyinfra.api import operation

from changeover.operations.step import Commands, apply
from changeover.operations.view import View
from changeover.plans import maintenance
from changeover.settings.app import App


@operation()
def close(app: App, why: str) -> Commands:
    """
    Close the site and see it closed: for a release only if it needs that.

    + app: the app, as its deploy file declares it
    + why: ``by a release`` (only if it needs it) or ``by hand``

    nginx answers 503 with Retry-After; the operator's bypass goes on to the app.
    """
    yield from apply(
        app,
        lambda v: maintenance.decide_close(v.target, v.snapshot, why),
        lambda v: maintenance.close_script(
            v.target, why, maintenance.published_name(v.target, v.snapshot)
        ),
        needs_commit=why == maintenance.BY_RELEASE,
        undo=(lambda v: maintenance.undo_close(v.target))
        if why == maintenance.BY_RELEASE
        else None,
        forbid=None if why == maintenance.BY_RELEASE else _forbid,
    )


def _forbid(view: View) -> str:
    return maintenance.refusal(view.target, view.snapshot)


@operation()
def reopen(app: App, why: str) -> Commands:
    """
    Open the site; a release opens only what a release has closed.

    + app: the app, as its deploy file declares it
    + why: ``by a release`` (only if it needs it) or ``by hand``

    Last, when the app has said that it is well.
    """
    yield from apply(
        app,
        lambda v: maintenance.decide_open(v.snapshot, why),
        lambda v: maintenance.open_script(v.target, why),
        needs_commit=why == maintenance.BY_RELEASE,
        forbid=None if why == maintenance.BY_RELEASE else _forbid,
    )
