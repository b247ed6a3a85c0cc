"""The one place through which scripts change a host."""

import getpass
import socket
from collections.abc import Callable, Generator
from functools import partial
from io import StringIO

from pyinfra import host, logger, state
from pyinfra.api import StringCommand
from pyinfra.api.command import PyinfraCommand

from changeover.facts import run
from changeover.operations import holds
from changeover.operations.commands import BeginChangeover, Step
from changeover.operations.hold import LOST, Opening
from changeover.operations.look import UnseenError, forget, generation_first_seen, look, start_over
from changeover.operations.view import View
from changeover.plans.alone import alone_script
from changeover.plans.changeover import about
from changeover.plans.decision import Decision
from changeover.plans.live import describe, is_live
from changeover.plans.unchanged import guarded
from changeover.plans.undo import Undo
from changeover.settings.app import App

# a host that first has to end an interrupted changeover is looked at anew, and asked again
_BEGINNINGS = 2

Commands = Generator[PyinfraCommand, None, None]


def apply(
    app: App,
    decide: Callable[[View], Decision],
    script: Callable[[View], str],
    secret: Callable[[View], str] | None = None,
    *,
    undo: Callable[[View], Undo] | None = None,
    needs_commit: bool = True,
    in_plan: bool = True,
    changes: Callable[[View], bool] = lambda _: True,
    forbid: Callable[[View], str] | None = None,
    told_in_plan: bool = False,
) -> Commands:
    """
    Act if the decision says so, with one script; else say why not.

    Every script that changes a host goes through here. One with an ``undo`` is a step of a
    changeover: the first of them opens it, and the host undoes them all unless it is committed.
    ``secret`` is what the script reads on its stdin, never on a command line. A step that only
    looks once more at the end is not ``in_plan``: --dry does not list it. ``changes`` tells whether
    a later step may decide by what this one does: only then is the host looked at anew.
    ``forbid`` says why a step that has something to do may not do it now; one without an ``undo``
    never acts while another run releases the app. ``told_in_plan`` has --dry say what would be
    done, where that is known before.
    """
    try:
        view = look(app)
    except UnseenError as unseen:
        yield from stop(*unseen.problems)
        return
    try:
        decision = decide(view)
    except (OSError, ValueError) as error:
        # preflight has named it and stopped the host; only --dry comes here in spite of it
        yield from stop(f"{app.name}: {error}")
        return
    if not decision.needed or not (in_plan or state.is_executing):
        host.noop(decision.why)
    elif why := _forbidden(app, view, undo, forbid):
        yield from stop(why)
    elif not state.is_executing:
        # only whether there is something to do counts here; what exactly may not be known yet
        _tell(decision, told_in_plan=told_in_plan)
        if undo:
            run.this.planned.add((host.name, app.name))
        yield StringCommand("true")
    elif needs_commit and view.unresolved:
        yield refuse(f"{app.name}_ref: {view.unresolved.why}")
    elif undo:
        yield from _in_changeover(app, decide, script, secret, undo, changes)
    else:
        host.log(decision.why)
        text = guarded(view.target, view.snapshot, script(view))
        yield alone(view.target.paths.lock, text, secret(view) if secret else None)
        _renew(view, changes)


def _renew(view: View, after: Callable[[View], bool]) -> None:
    """Have the next look be a new one, if what was done is to be seen."""
    if after(view):
        forget()


def _forbidden(
    app: App,
    view: View,
    undo: Callable[[View], Undo] | None,
    forbid: Callable[[View], str] | None,
) -> str:
    """Return why a step may not act, "" where it may; a changeover's own hold asks for itself."""
    if holds.lost(host, app.name):
        return f"{app.name}: {LOST}"  # a new changeover would do the rest alone
    why = forbid(view) if forbid else ""
    if why or undo or holds.of(host, app.name) or not is_live(view.snapshot):
        return why
    return describe(app.name, view.snapshot)


def _in_changeover(
    app: App,
    decide: Callable[[View], Decision],
    script: Callable[[View], str],
    secret: Callable[[View], str] | None,
    undo: Callable[[View], Undo],
    changes: Callable[[View], bool],
) -> Commands:
    yield from open_changeover(app.name, partial(begin_command, app), partial(start_over, app))
    view = look(app)
    decision = decide(view)  # once more, now that nobody else can change the host
    if not decision.needed:
        host.noop(decision.why)
        return
    host.log(decision.why)
    wanted = undo(view)
    yield Step(app.name, wanted, script(view), secret(view) if secret else "")
    _renew(view, changes)


def open_changeover(
    name: str, command: Callable[[], BeginChangeover], start_over: Callable[[], None]
) -> Commands:
    """Open a changeover by that name unless one is; start over where the host is not as seen."""
    for _ in range(_BEGINNINGS):
        if holds.of(host, name) is None:
            yield command()
            begun = holds.of(host, name)
            if begun is None or not begun.unchanged:
                start_over()


def begin_command(app: App) -> BeginChangeover:
    """Return the command that opens a changeover of the app on the current host."""
    view = look(app)
    return BeginChangeover(
        Opening(
            app=app.name,
            generation=generation_first_seen(app),
            stamp=view.snapshot.stamp,
            saw_open=view.snapshot.open_changeover is not None,
            about=partial(about, view.target, view.snapshot),
        )
    )


def stop_at_problems(app: App, find: Callable[[View], list[str]], settled: str) -> Commands:
    """Stop this host with a line for each problem that ``find`` names; else say ``settled``."""
    try:
        problems = find(look(app))
    except UnseenError as unseen:
        problems = list(unseen.problems)
    if problems:
        yield from stop(*problems)
    else:
        host.noop(settled)


def stop(*problems: str) -> Commands:
    """Stop this host with a line for each problem, also where nothing is run."""
    if not state.is_executing:
        # --dry runs nothing, so it has to say by itself what would stop the run
        for problem in problems:
            if (host.name, problem) not in run.this.foreseen:
                run.this.foreseen.add((host.name, problem))
                host.log(problem, logger.error)
    yield refuse(*problems)


def _tell(decision: Decision, *, told_in_plan: bool) -> None:
    """Say in a plan why there is something to do; a run says it when it does it."""
    if run.this.only_shows:
        host.log(f"to do: {decision.why}", logger.info)
    else:
        host.log(decision.why, logger.info if told_in_plan else logger.debug)


def refuse(*problems: str) -> StringCommand:
    """Return a command that fails on this host alone, with a line for each problem."""
    text = "".join(f"{problem}\n" for problem in problems)
    return StringCommand("cat >&2; exit 1", _stdin=StringIO(text))


def alone(lock: str, script: str, secret: str | None = None) -> StringCommand:
    """
    Return the command that runs a script alone, outside a changeover.

    A controller that died leaves its last script running on the host: the next one waits for it,
    as for an undo that is at work. A release that goes on is not waited for.
    """
    who = getpass.getuser(), socket.gethostname()
    text = alone_script(lock, script, *who, told=bool(secret))
    return StringCommand(text, _stdin=StringIO(secret)) if secret else StringCommand(text)
