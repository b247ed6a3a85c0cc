"""The one place through which scripts change a host."""

from collections.abc import Callable, Generator
from io import StringIO

from pyinfra import host, logger, state
from pyinfra.api import QuoteString, StringCommand

from tasks.operations.view import UnseenError, View, forget, look
from tasks.plans.decision import Decision
from tasks.settings.app import App

_WAIT_SECONDS = 300
_BUSY = 75

Commands = Generator[StringCommand, None, None]


def step(
    app: App,
    decide: Callable[[View], Decision],
    script: Callable[[View], str],
    secret: Callable[[View], str] | None = None,
    *,
    needs_commit: bool = True,
) -> Commands:
    """
    Act if the decision says so, with one script; else say why not.

    Every script that changes a host during a release goes through here: it is where a transaction
    can wrap them. ``secret`` is what the script reads on its stdin, never on a command line.
    """
    try:
        view = look(app)
    except UnseenError as unseen:
        yield refuse(*unseen.problems)
        return
    try:
        decision = decide(view)
    except (OSError, ValueError) as error:
        # preflight has named it and stopped the host; only --dry comes here in spite of it
        yield refuse(f"{app.name}: {error}")
        return
    if not decision.needed:
        host.noop(decision.why)
    elif not state.is_executing:
        # only whether there is something to do counts here; what exactly may not be known yet
        host.log(decision.why, logger.debug)
        yield StringCommand("true")
    elif needs_commit and view.unresolved:
        yield refuse(f"{app.name}_ref: {view.unresolved.why}")
    else:
        host.log(decision.why)
        yield _command(view.target.paths.lock, script(view), secret(view) if secret else None)
        forget()


def check(app: App, find: Callable[[View], list[str]], settled: str) -> Commands:
    """Stop this host with a line for each problem that ``find`` names; else say ``settled``."""
    try:
        problems = find(look(app))
    except UnseenError as unseen:
        problems = list(unseen.problems)
    if not problems:
        host.noop(settled)
        return
    if not state.is_executing:
        # --dry runs nothing, so it has to say by itself what would stop the run
        for problem in problems:
            host.log(problem, logger.error)
    yield refuse(*problems)


def refuse(*problems: str) -> StringCommand:
    """Return a command that fails on this host alone, with a line for each problem."""
    text = "".join(f"{problem}\n" for problem in problems)
    return StringCommand("cat >&2; exit 1", _stdin=StringIO(text))


def _command(lock: str, script: str, secret: str | None) -> StringCommand:
    """
    Return the command that runs a script alone.

    A controller that died leaves its last script running on the host: the next one waits for it.
    flock holds the lock itself (-o), so that nothing that a script leaves behind can keep it.
    """
    wait = f"flock -o -w {_WAIT_SECONDS} -E {_BUSY} {lock} bash -c"
    say = f"a step of an earlier run still works after {_WAIT_SECONDS} s; see: fuser -v {lock}"
    otherwise = f"|| {{ rc=$?; [ $rc != {_BUSY} ] || echo '{say}' >&2; exit $rc; }}"
    command = (wait, QuoteString(script), otherwise)
    return StringCommand(*command, _stdin=StringIO(secret)) if secret else StringCommand(*command)
