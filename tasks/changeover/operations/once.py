"""
Commands that run once, after a release.

    once.run(name="Run what runs once", app=app)
"""

import getpass
import socket

from pyinfra import state
from pyinfra.api import operation

from changeover.operations.step import Commands, apply
from changeover.operations.view import View
from changeover.plans import once
from changeover.settings.app import App


@operation()
def run(app: App) -> Commands:
    """
    Run each one-time command that has not run yet, on the first host that carries the app.

    The ledger knows of each before it begins and when it has ended, so that none runs twice, also
    not after a rollback. One that fails, or of which nobody knows how it ended, fails this run and
    leaves the release as it is; a person then says what becomes of it.
    """
    yield from apply(
        app,
        lambda v: once.decide(v.target, v.snapshot, v.elsewhere),
        lambda v: once.run_script(v.target, v.snapshot, _about()),
        forbid=_forbidden,
    )


def _about() -> dict[str, str]:
    return {"operator": getpass.getuser(), "controller": socket.gethostname()}


def _forbidden(view: View) -> str:
    app = view.target.app.name
    failed = sorted(other.name for other in state.failed_hosts if app in other.groups)
    if failed:
        return f"{app}: nothing is run once, as the release failed on {', '.join(failed)}"
    return "\n".join(once.problems(view.target, view.snapshot))
