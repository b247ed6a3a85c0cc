"""
Health of the released app.

    health.local(name="Ask the app whether it is well", app=app)
"""

from pyinfra.api import operation

from changeover.operations.step import Commands, apply
from changeover.plans import health, observe
from changeover.plans.undo import Undo
from changeover.settings.app import App


@operation()
def local(app: App) -> Commands:
    """
    Ask the app itself, on the host, until it says release and schema or the deadline ends.

    Then through the site too, with the bypass while it is closed. On failure the tail of the
    app's log is printed.
    """
    yield from apply(
        app,
        lambda v: health.decide_local(v.target, v.snapshot),
        lambda v: health.local_script(v.target, v.snapshot),
        undo=lambda _: Undo("health.local"),
        changes=lambda _: False,
    )


@operation()
def observed(app: App) -> Commands:
    """
    Ask for the pages that the deploy file expects, and look for errors in the app's log.

    Through the site, with the bypass while it is closed. The log is that since the restart. All
    that is not as expected is said at once.
    """
    yield from apply(
        app,
        lambda v: observe.decide(v.target, v.snapshot, switches=v.switches),
        lambda v: observe.observe_script(v.target, v.snapshot),
        undo=lambda _: Undo("health.observed"),
        changes=lambda _: False,
    )


@operation()
def site(app: App) -> Commands:
    """
    Ask through the site.

    The last look, when the release is committed and the site is open.
    """
    yield from apply(
        app,
        lambda v: health.decide_site(v.target, v.snapshot),
        lambda v: health.site_script(v.target, v.snapshot),
        in_plan=False,
    )
