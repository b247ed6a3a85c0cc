"""Errors while files are loaded, in lines: pyinfra shows tracebacks, or not even those."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click
import gevent
from pyinfra import logger, state
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.state import StateStage
from pyinfra.context import ctx_state
from typing_extensions import override

_OURS = ("changeover", "tests")


class RefusedError(click.ClickException):
    """Ends pyinfra's command with a line for each problem."""

    def __init__(self, problems: list[str]) -> None:
        """Keep the lines."""
        super().__init__("\n".join(problems))
        self._problems = problems

    @override
    def show(self, file: IO[Any] | None = None) -> None:
        """Say them as pyinfra says its errors."""
        logger.error(f"--> {click.style('refused', 'red', bold=True)}: nothing was touched:")
        for problem in self._problems:
            logger.error(f"    {problem}")


def watch() -> None:
    """Have pyinfra's command end with lines where we, or a file of the user's, refuse to go on."""
    context = click.get_current_context(silent=True)
    if context is not None:  # else somebody uses pyinfra as a library
        context.with_resource(_in_lines())
        # a host's greenlet raises these; pyinfra tells of them where it waits for that host
        hub = gevent.get_hub()
        hub.NOT_ERROR = (*hub.NOT_ERROR, PyinfraError)


@contextmanager
def _in_lines() -> Iterator[None]:
    try:
        yield
    except click.ClickException as error:
        while isinstance(inner := getattr(error, "exception", None), click.ClickException):
            error = inner  # wrapped once for each file that loads another
        if isinstance(inner, Exception):
            _tell(error, inner)
        raise error from None


def _tell(error: click.ClickException, cause: Exception) -> None:
    """Raise RefusedError where lines say it all; else take away what says nothing to the user."""
    from changeover.run import diagnostics

    if isinstance(cause, PyinfraError):
        if diagnostics.is_raised_here(cause):
            setattr(error, "traceback", None)  # noqa: B010 - of pyinfra's own class for these
    elif not ctx_state.isset() or state.current_stage < StateStage.Execute:
        kind = type(cause).__module__.partition(".")[0]
        if problems := diagnostics.problems(cause, known=kind in _OURS):
            raise RefusedError(problems) from None
