"""
What a person does about a release that is stuck, left over, or somebody else's.

    undo.tell(name="Tell what is open", app=app)
"""

import getpass
import shlex
import socket
from typing import Any

from pyinfra import host, logger, state
from pyinfra.api import StringCommand, operation
from pyinfra.api.command import PyinfraCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State
from typing_extensions import override

from changeover.facts import run
from changeover.host.changeover.lock import is_release, is_undo
from changeover.operations import status
from changeover.operations.step import Commands, refuse, stop
from changeover.plans.paths import PROGRAMS
from changeover.plans.status import Report
from changeover.plans.status_text import release_lines
from changeover.settings.app import App


class Say(PyinfraCommand):
    """Runs a host program and shows its words, however it ends."""

    def __init__(self, app: str, *words: str) -> None:
        """Take the words of its command line."""
        super().__init__()
        self.app, self.words = app, words

    @override
    def execute(self, state: State, host: Host, connector_arguments: Any) -> bool:
        """Run it."""
        command = " ".join(map(shlex.quote, (f"{PROGRAMS}/changeover", *self.words)))
        done, output = host.run_shell_command(StringCommand(command), **connector_arguments)
        for line in output.output.splitlines():
            host.log(f"{self.app}: {line}", logger.info if done else logger.error)
        return bool(done)


@operation()
def tell(app: App) -> Commands:
    """Read only: say what is open, who holds it, and what can be done about it."""
    require_open = status.ask(app)
    if require_open is None:
        yield from stop(f"{app.name}: the host does not answer")
        return
    for problem in require_open["problems"]:
        host.log(f"{app.name}: {problem}", logger.warning)
    for line in release_lines(require_open):
        host.log(f"{app.name}: {line}")


@operation()
def retry(app: App) -> Commands:
    """
    Undo now what an interrupted release left, also after that failed too often.

    A live release is left alone, and that is an error. Its words are the host program's.
    """
    require_open = status.ask(app)
    if require_open is None:
        yield from stop(f"{app.name}: the host does not answer")
    elif _is_live(require_open):
        yield from stop(*(f"{app.name}: {line}" for line in release_lines(require_open)))
    elif require_open["open"] is None and not is_undo(require_open["hold"] or {}):
        host.noop(f"{app.name}: nothing is open")
    elif not state.is_executing:
        yield StringCommand("true")
    else:
        yield Say(app.name, "undo", app.name, "--again")


@operation()
def break_release(app: App, changeover: str) -> Commands:
    """
    Break a live release, and see it undone; the ledger says who did.

    + app: the app, as its deploy file declares it
    + changeover: its id, as deploys/status.py tells it: the explicit word
    """
    require_open = status.ask(app)
    opened = ((require_open and require_open["open"]) or {}).get("id")
    if require_open is None:
        yield from stop(f"{app.name}: the host does not answer")
    elif opened != changeover:
        host.noop(f"{app.name}: {opened or 'nothing'} is open here")
    elif not _is_live(require_open):
        run.this.open_changeovers.add(changeover)
        yield from stop(*(f"{app.name}: {line}" for line in release_lines(require_open)))
    elif not state.is_executing:
        yield StringCommand("true")
    else:
        run.this.open_changeovers.add(changeover)
        by = f"{getpass.getuser()}@{socket.gethostname()}"
        yield Say(app.name, "break", app.name, changeover, by)


@operation()
def require_open(changeover: str) -> Commands:
    """
    Stop unless a changeover was open on some host.

    + changeover: its id
    """
    if state.is_executing and changeover not in run.this.open_changeovers:
        yield refuse(f"{changeover} is open on none of these hosts: nothing was done")
    else:
        host.noop("one host at least must have it")


def _is_live(report: Report) -> bool:
    return is_release(report["hold"] or {})
