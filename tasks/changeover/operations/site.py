"""
The app's nginx site.

    site.publish(name="Publish the site", app=app)
"""

from pyinfra.api import operation

from changeover.operations.step import Commands, apply
from changeover.plans import site
from changeover.settings.app import App


@operation()
def publish(app: App) -> Commands:
    """
    Publish the site.

    The new configuration is tested as a whole before it takes the old one's place; nginx
    reloads only what passed.
    """
    yield from apply(
        app,
        lambda v: site.decide(v.target, v.snapshot),
        lambda v: site.publish_script(v.target),
        lambda v: v.target.site_include,
        undo=lambda v: site.undo(v.target, v.snapshot),
    )
