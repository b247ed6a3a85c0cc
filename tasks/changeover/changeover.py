"""The frame of a release: all between its two ends happens as a whole or not at all."""

from changeover.operations import changeover
from changeover.run.phase import phase
from changeover.settings.app import App


@phase("Changeover")
def begin(app: App) -> None:
    """From here on the host can undo by itself what this release changes."""
    changeover.begin(name="Begin", app=app)


@phase("Changeover")
def commit(app: App) -> None:
    """From here on only forward; a site that was closed for the release opens."""
    changeover.commit(name="Commit", app=app)
