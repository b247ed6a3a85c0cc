"""Closing and opening the site."""

from pyinfra.api import operation

from tasks.operations.step import Commands, step
from tasks.plans import maintenance
from tasks.settings.app import App


@operation()
def closed(app: App) -> Commands:
    """
    Close the site, if this release needs it, and see it closed.

    + app: the app, as its deploy file declares it

    nginx answers 503 with Retry-After; the operator's bypass goes on to the app.

    **Example:**

    .. code:: python

        maintenance.closed(name="Close the site", app=app)
    """
    yield from step(
        app,
        lambda v: maintenance.decide_close(v.target, v.snapshot),
        lambda v: maintenance.close_script(v.target, "release"),
    )


@operation()
def opened(app: App) -> Commands:
    """
    Open the site.

    + app: the app, as its deploy file declares it

    Last, when the app has said that it is well.

    **Example:**

    .. code:: python

        maintenance.opened(name="Open the site", app=app)
    """
    yield from step(
        app,
        lambda v: maintenance.decide_open(v.target, v.snapshot),
        lambda v: maintenance.open_script(v.target),
    )
