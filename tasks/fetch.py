"""The code of a release."""

from tasks.operations import fetch
from tasks.phase import phase
from tasks.settings.app import App


@phase("Fetch")
def release(app: App) -> None:
    """Make the pinned commit a release, with its shared paths linked."""
    fetch.release(name="Fetch the commit", app=app)
    fetch.shared(name="Link shared paths", app=app)
