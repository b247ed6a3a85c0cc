"""
The frame of a release: from the first change to the commit it can be undone.

    changeover.begin(name="Begin", app=app)
"""

from pyinfra import host, state
from pyinfra.api import StringCommand, operation

from changeover.facts import run
from changeover.operations import holds
from changeover.operations.commands import CommitChangeover
from changeover.operations.hold import LOST
from changeover.operations.look import UnseenError, forget, look, start_over
from changeover.operations.step import Commands, begin_command, refuse
from changeover.plans.changeover import commit_note
from changeover.settings.app import App


@operation()
def begin(app: App) -> Commands:
    """
    End what an interrupted changeover left, if that has not happened yet.

    From here on the first step that changes something opens a changeover: the host journals how to
    undo each step before it acts, and undoes them all when this run dies or fails.
    """
    try:
        view = look(app)
    except UnseenError as unseen:
        yield refuse(*unseen.problems)
        return
    if view.snapshot.open_changeover is None or holds.of(host, app.name):
        host.noop("the first step that changes something begins a changeover")
    elif not state.is_executing:
        yield StringCommand("true")
    else:
        host.log("an interrupted changeover is open: it is ended first")
        yield begin_command(app)
        start_over(app)


@operation()
def commit(app: App) -> Commands:
    """
    Make the release final, and open a site that it closed.

    One rename on the host: before it everything goes back, after it only forward. Refused while
    another host that carries the app has failed: a release is for all of them or for none.
    """
    if not state.is_executing:
        if (host.name, app.name) in run.this.planned:
            yield StringCommand("true")
        else:
            host.noop("nothing changes, so there is nothing to commit")
        return
    if holds.lost(host, app.name):
        yield refuse(f"{app.name}: {LOST}")
        return
    if holds.of(host, app.name) is None:
        host.noop("nothing was changed, so there is nothing to commit")
        return
    failed = sorted(other.name for other in state.failed_hosts if app.name in other.groups)
    if failed:
        yield refuse(f"{app.name}: not committed, as it failed on {', '.join(failed)}")
        return
    beside = run.this.notes.get((host.name, app.name), {})
    view = look(app)
    yield CommitChangeover(app.name, commit_note(view.target, view.snapshot) | beside)
    forget()
