"""Health of the released app."""

from pyinfra.api import operation

from tasks.operations.step import Commands, step
from tasks.plans import health
from tasks.plans.undo import Undo
from tasks.settings.app import App


@operation()
def local(app: App) -> Commands:
    """
    Ask the app itself, on the host, until it says release and schema or the deadline ends.

    + app: the app, as its deploy file declares it

    Then through the site too, with the bypass while it is closed. On failure the tail of the
    unit's journal is printed.

    **Example:**

    .. code:: python

        health.local(name="Ask the app whether it is well", app=app)
    """
    yield from step(
        app,
        lambda v: health.decide_local(v.target, v.snapshot),
        lambda v: health.local_script(v.target, v.snapshot),
        undo=lambda _: Undo("health.local"),
    )


@operation()
def site(app: App) -> Commands:
    """
    Ask through the site.

    + app: the app, as its deploy file declares it

    The last look, when the release is committed and the site is open.

    **Example:**

    .. code:: python

        health.site(name="Ask the site whether it is well", app=app)
    """
    yield from step(
        app,
        lambda v: health.decide_site(v.target, v.snapshot),
        lambda v: health.site_script(v.target, v.snapshot),
        in_plan=False,
    )
