"""Failures, Ctrl-C and signals: the host undoes at once, and the exit status is not 0."""

import os
import signal
import sys
from types import FrameType

import gevent
from pyinfra import logger
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State
from typing_extensions import override

from changeover.operations import holds
from changeover.operations.hold import freeze

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_stopping = False


class LettingGo(BaseStateCallback):
    """
    Lets go of holds early, so that a host undoes in seconds.

    Only for speed: a host whose controller is gone undoes by itself.
    """

    @override
    def operation_host_error(  # type: ignore[override]
        self, state: State, host: Host, op_hash: str, retry_count: int = 0, max_retries: int = 0
    ) -> None:
        """Undo on the host that failed."""
        holds.let_go(host, f"failed: {_title(state, op_hash)}")

    @override
    def operation_end(self, state: State, op_hash: str) -> None:  # type: ignore[override]
        """Undo where a fact failed: with several hosts that is no error of an operation."""
        for host in list(state.failed_hosts):
            holds.let_go(host, f"failed: {_title(state, op_hash)}")

    @override
    def host_disconnect(self, state: State, host: Host) -> None:  # type: ignore[override]
        """Undo what was never committed."""
        holds.let_go(host, "the run ended without a commit")


def _title(state: State, op_hash: str) -> str:
    return sorted(state.get_op_meta(op_hash).names)[0].removeprefix("deploys/")


def prepare(state: State) -> None:
    """Watch this run; asked again, it goes on as it is."""
    if any(isinstance(handler, LettingGo) for handler in state.callback_handlers):
        return
    state.add_callback_handler(LettingGo())
    for number in _SIGNALS:
        signal.signal(number, _interrupted)


def _interrupted(number: int, _: FrameType | None) -> None:
    """Plain pyinfra would wait for the step to end, and exit with 0."""
    global _stopping
    if _stopping or not holds.any_open():
        _exit(number)
    _stopping = True
    freeze()
    gevent.spawn(_let_go_and_exit, number)


def _let_go_and_exit(number: int) -> None:
    logger.warning("interrupted; once more to leave the hosts to themselves")
    holds.let_go_all(f"interrupted by {signal.Signals(number).name}")
    _exit(number)


def _exit(number: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(128 + number)
