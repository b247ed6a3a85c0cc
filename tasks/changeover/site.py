"""The site in front of the app."""

from changeover.operations import site
from changeover.run.phase import phase
from changeover.settings.app import App


@phase("Site")
def publish(app: App) -> None:
    """Publish the site, tested before it is loaded."""
    site.publish(name="Publish the site", app=app)
