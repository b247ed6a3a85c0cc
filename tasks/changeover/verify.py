"""What must be so of a release before it serves."""

from changeover.operations import verify
from changeover.run.phase import phase
from changeover.settings.app import App


@phase("Verify")
def data(app: App) -> None:
    """See that the data is as the deploy file expects, and that its checks succeed."""
    verify.data(name="See that data and release are as expected", app=app)
