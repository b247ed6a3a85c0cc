"""What must be so of a release before it serves."""

from tasks.operations import verify
from tasks.phase import phase
from tasks.settings.app import App


@phase("Verify")
def data(app: App) -> None:
    """See that the data is as the deploy file expects, and that its checks succeed."""
    verify.data(name="See that data and release are as expected", app=app)
