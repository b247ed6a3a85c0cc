"""The code of a release."""

from changeover.operations import fetch
from changeover.run.phase import phase
from changeover.settings.app import App


@phase("Fetch")
def release(app: App) -> None:
    """Make the pinned commit a release, with its shared paths linked."""
    fetch.release(name="Fetch the commit", app=app)
    fetch.shared(name="Link shared paths", app=app)
