"""The one place through which scripts change a host."""

from collections.abc import Callable, Generator
from io import StringIO

from pyinfra import host, logger, state
from pyinfra.api import StringCommand

from tasks.operations.view import UnseenError, View, forget, look
from tasks.plans.decision import Decision
from tasks.settings.app import App

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
    decision = decide(view)
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
        yield _command(script(view), secret(view) if secret else None)
        forget()


def refuse(*problems: str) -> StringCommand:
    """Return a command that fails on this host alone, with a line for each problem."""
    text = "".join(f"{problem}\n" for problem in problems)
    return StringCommand("cat >&2; exit 1", _stdin=StringIO(text))


def _command(script: str, secret: str | None) -> StringCommand:
    if secret is None:
        return StringCommand(script, _shell_executable="bash")
    return StringCommand(script, _shell_executable="bash", _stdin=StringIO(secret))
