"""
The app's nginx site.

    site.published(name="Publish the site", app=app)
"""

from pyinfra.api import operation

from changeover.operations.step import Commands, step
from changeover.plans import site
from changeover.settings.app import App


@operation()
def published(app: App) -> Commands:
    """
    Publish the site.

    The new configuration is tested as a whole before it takes the old one's place; nginx
    reloads only what passed.
    """
    yield from step(
        app,
        lambda v: site.decide(v.target, v.snapshot),
        lambda v: site.publish_script(v.target),
        lambda v: v.target.site_include,
        undo=lambda v: site.undo(v.target, v.snapshot),
    )
