"""Closing and opening the site."""

from tasks.operations import maintenance
from tasks.phase import phase
from tasks.settings.app import App


@phase("Maintenance")
def close(app: App) -> None:
    """Close the site, if this release needs it."""
    maintenance.closed(name="Close the site", app=app)


@phase("Maintenance")
def open_again(app: App) -> None:
    """Open the site that this release closed."""
    maintenance.opened(name="Open the site", app=app)
