"""What makes a function a phase that deploy files can call."""

from collections.abc import Callable
from functools import wraps
from typing import Protocol

from pyinfra import host, state
from pyinfra.api import deploy
from pyinfra.context import ctx_host

from changeover.run import begin, interrupt, quick, sudo, terminal, transport
from changeover.run.included import ONLY, WITHOUT
from changeover.run.timing import measure
from changeover.settings.app import App


class Phase(Protocol):
    """A phase: called with an app, it adds operations."""

    __module__: str

    def __call__(self, app: App) -> None:
        """Add the phase's operations for the app."""


def phase(title: str) -> Callable[[Phase], Phase]:
    """
    Make a phase: its operations are shown under ``title``.

    A deploy file that wants a part of the runbook (say, only to provision) includes an app's
    deploy file through ``changeover.apps.include``, naming its phases; all other phases then
    add nothing.
    """

    def decorate(function: Phase) -> Phase:
        run = deploy(title)(function)
        stem = function.__module__.rsplit(".", 1)[-1]

        @wraps(function)
        def call(app: App) -> None:
            if not ctx_host.isset():
                return  # nobody runs this: a check reads the deploy file for its app
            only, without = host.data.get(ONLY), host.data.get(WITHOUT) or ()
            if stem not in without and (only is None or stem in only):
                _prepare()
                run(app=app)

        return call

    return decorate


def host_phase(title: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Make a phase of the host itself, whatever apps it carries, shown under ``title``."""

    def decorate(function: Callable[[], None]) -> Callable[[], None]:
        run = deploy(title)(function)

        @wraps(function)
        def call() -> None:
            _prepare()
            run()

        return call

    return decorate


def _prepare() -> None:
    """Set up what every run needs, and goes on with as it is when asked again."""
    begin.check()
    terminal.prepare()
    quick.prepare()
    measure(state)
    interrupt.prepare(state)
    transport.tune(state.inventory.get_host(host.name))
    sudo.prepare(state.inventory.get_host(host.name))
    state.print_noop_info = True  # a step that does nothing says why
