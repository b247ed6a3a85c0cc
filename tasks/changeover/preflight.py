"""Everything that can be seen to be wrong, before anything is touched."""

from changeover.operations import preflight
from changeover.run.commits import prefetch
from changeover.run.phase import phase
from changeover.settings.app import App


@phase("Preflight")
def check(app: App) -> None:
    """Look for problems, name them all at once, and stop every host if one has any."""
    prefetch(app.name)
    preflight.check(name="Look for problems", app=app)
    agree()


def agree() -> None:
    """Stop every host if one of them did not pass."""
    preflight.agree(name="See that every host passed")
