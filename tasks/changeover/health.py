"""Whether the released app is well."""

from changeover.operations import health
from changeover.run.phase import phase
from changeover.settings.app import App


@phase("Health")
def local(app: App) -> None:
    """Ask the app on the host, before traffic comes back, and see its pages and its log."""
    health.local(name="Ask the app whether it is well", app=app)
    health.observed(name="Ask for pages and look through the log", app=app)


@phase("Health")
def through_site(app: App) -> None:
    """Ask through the site, as a visitor would."""
    health.site(name="Ask the site whether it is well", app=app)
