"""
A host's own configuration, converged as a changeover of the host itself.

    changeover.check(name="Look for problems")
"""

from collections.abc import Callable, Generator

from pyinfra import host, logger, state
from pyinfra.api import StringCommand, operation
from pyinfra.api.command import PyinfraCommand

from changeover.facts import run
from changeover.facts.program import program_files
from changeover.hardening.operations.connection import Confirm
from changeover.hardening.operations.view import (
    HostView,
    forget,
    look,
    opening,
    outdate,
    refresh,
    start_over,
)
from changeover.hardening.plans import converge as plan
from changeover.hardening.plans.snapshot import PATHS
from changeover.operations import holds
from changeover.operations.commands import BeginChangeover, CommitChangeover, Step
from changeover.operations.hold import LOST
from changeover.operations.look import UnseenError
from changeover.operations.look import forget as forget_apps
from changeover.operations.step import Commands, alone, open_changeover, refuse, stop
from changeover.plans.decision import Decision
from changeover.plans.live import describe, is_live
from changeover.plans.provision.packages import decide_packages, missing, packages_script
from changeover.plans.provision.programs import archive, decide_programs, programs_script
from changeover.settings.base import HOST


@operation()
def check() -> Commands:
    """Read only: stop this host if its settings are wrong, or it cannot be provisioned."""
    try:
        look()
    except UnseenError as unseen:
        yield from stop(*unseen.problems)
        return
    host.noop("no problem seen")


@operation()
def packages() -> Commands:
    """
    Install the Debian packages that the host's own configuration and its apps need.

    Only what is missing is installed. Another apt is waited for, five minutes at most.
    """
    view = yield from _seen()
    if view is None:
        return
    lacking = missing(view.packages, view.snapshot.packages)
    yield from _alone(
        decide_packages(lacking),
        lambda: alone(PATHS.lock, packages_script(lacking)),
    )


@operation()
def programs() -> Commands:
    """Put this version's host programs in place, with the guard of the host's own changeovers."""
    view = yield from _seen()
    if view is None:
        return
    files = program_files()
    yield from _alone(
        decide_programs(PATHS, files, view.snapshot.programs),
        lambda: alone(PATHS.lock, programs_script(PATHS), archive(files)),
    )


@operation()
def begin() -> Commands:
    """
    End what an interrupted changeover of the host left, if that has not happened yet.

    From here on the first part that changes something opens a changeover: the host journals each
    file before it is changed, and puts all of them back when this run dies, fails, or nobody gets
    in any more.
    """
    view = yield from _seen()
    if view is None:
        return
    if view.snapshot.open_changeover is None or holds.of(host, HOST):
        host.noop("the first part that changes something begins a changeover of the host")
    elif not state.is_executing:
        yield StringCommand("true")
    else:
        host.log("an interrupted changeover of the host is open: it is ended first")
        yield BeginChangeover(opening())
        start_over()


@operation()
def converge(part: str) -> Commands:
    """
    Make one part of the host's own configuration as it should be.

    + part: the part's step, such as ``"access.sshd"``

    What differs is named. Files are replaced whole, checked together, and put in force; all of
    that is undone by the host itself unless the run is committed.
    """
    view = yield from _seen_for(part)
    if view is None:
        return
    decision = _decide(view, part)
    if not decision.needed:
        host.noop(decision.why)
    elif holds.lost(host, HOST):
        yield refuse(f"{HOST}: {LOST}")
    elif is_live(view.snapshot) and not holds.of(host, HOST):
        yield refuse(describe(HOST, view.snapshot))
    elif not state.is_executing:
        host.log(decision.why)
        run.this.planned.add((host.name, HOST))
        yield StringCommand("true")
    else:
        yield from _in_changeover(part)


@operation()
def commit() -> Commands:
    """
    See that a new connection gets in, then make what was changed final.

    The new connection is made as the run's own was: address, user, key, jump host, sudo. If it
    does not get in, the host puts back all that this run changed of its configuration.
    """
    if not state.is_executing:
        if (host.name, HOST) in run.this.planned:
            yield StringCommand("true")
        else:
            host.noop("nothing changes, so there is nothing to commit")
    elif holds.lost(host, HOST):
        yield refuse(f"{HOST}: {LOST}")
    elif holds.of(host, HOST) is None:
        host.noop("nothing was changed, so there is nothing to commit")
    else:
        yield Confirm()
        yield CommitChangeover(HOST, {})
        _forget()


@operation()
def tell() -> Commands:
    """Say what could not be set on this host, and why."""
    refresh()
    view = yield from _seen()
    if view is None:
        return
    found = [
        line for part in view.parts.values() for line in plan.cannot(part, view.answers[part.step])
    ]
    for line in found:
        host.log(f"not set on this host: {line}", logger.warning)
    host.noop(f"{len(found)} things cannot be set on this host" if found else "all could be set")


def _alone(decision: Decision, command: Callable[[], StringCommand]) -> Commands:
    """Act outside a changeover, if the decision says so."""
    if not decision.needed:
        host.noop(decision.why)
    elif not state.is_executing:
        yield StringCommand("true")
    else:
        host.log(decision.why)
        yield command()
        _forget()


def _forget() -> None:
    """Read anew at the next look, the host as well as its apps."""
    forget()
    forget_apps()


def _seen() -> Generator[PyinfraCommand, None, HostView | None]:
    """Return the view; None, with the command that fails, where it cannot be had."""
    try:
        return look()
    except UnseenError as unseen:
        yield refuse(*unseen.problems)
        return None


def _seen_for(part: str) -> Generator[PyinfraCommand, None, HostView | None]:
    """Return the view; a new one if a part seemed to be so, and other parts have acted since."""
    view = yield from _seen()
    if view is None or _decide(view, part).needed:
        return view  # what was not so is still to be done
    refresh()
    return (yield from _seen())


def _decide(view: HostView, part: str) -> Decision:
    return plan.decide(view.parts[part], view.snapshot, view.answers[part])


def _in_changeover(part: str) -> Commands:
    yield from open_changeover(HOST, lambda: BeginChangeover(opening()), start_over)
    view = look()
    decision = _decide(view, part)  # once more, now that nobody else can change the host
    if not decision.needed:
        host.noop(decision.why)
        return
    host.log(decision.why)
    wanted = view.parts[part]
    yield Step(HOST, plan.undo(wanted), plan.converge_script(wanted, view.snapshot), "")
    outdate()
