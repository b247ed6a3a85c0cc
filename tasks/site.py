"""The site in front of the app."""

from tasks.operations import site
from tasks.phase import phase
from tasks.settings.app import App


@phase("Site")
def publish(app: App) -> None:
    """Publish the site, tested before it is loaded."""
    site.published(name="Publish the site", app=app)
