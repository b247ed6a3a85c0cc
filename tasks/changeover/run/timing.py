"""How long each phase of a run took, shown at its end."""

import time

from pyinfra import logger
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State
from typing_extensions import override

from changeover.run import transport

_SHOWN_FROM_SECONDS = 0.3


class PhaseTimes(BaseStateCallback):
    """Measures operations from outside, and prints the phases that took noticeable time."""

    def __init__(self) -> None:
        """Begin with nothing measured."""
        self._started, self._running, self._last = 0.0, "", ""
        self._seconds: dict[str, float] = {}

    @override
    def operation_start(self, state: State, op_hash: str) -> None:  # type: ignore[override]
        """Note when the operation began."""
        self._started, self._running = time.monotonic(), op_hash

    @override
    def operation_end(self, state: State, op_hash: str) -> None:  # type: ignore[override]
        """Add the operation's time to its phase."""
        self._running = ""
        name = sorted(state.get_op_meta(op_hash).names)[0]
        app, *phase = name.removeprefix("deploys/").split(" | ")[:2]
        key = f"{app.removesuffix('.py')} {' '.join(phase).lower()}"
        self._seconds[key] = self._seconds.get(key, 0.0) + time.monotonic() - self._started
        self._last = key

    @override
    def host_disconnect(self, state: State, host: Host) -> None:  # type: ignore[override]
        """Print once, at the first host that disconnects."""
        stopped_in = ""
        if self._running:  # where no host is left, pyinfra ends no operation
            self.operation_end(state, self._running)
            stopped_in = self._last
        transport.report()
        times, self._seconds = self._seconds, {}
        lines = [
            f"    {key:<40}{took:6.1f}{'  (stopped here)' if key == stopped_in else ''}"
            for key, took in times.items()
            if took >= _SHOWN_FROM_SECONDS or key == stopped_in
        ]
        if lines:
            logger.info("\n".join(["--> Seconds per phase:", *lines]))


def measure(state: State) -> None:
    """Measure this run; asked again, it goes on as it is."""
    if not any(isinstance(handler, PhaseTimes) for handler in state.callback_handlers):
        state.add_callback_handler(PhaseTimes())
