"""How long each phase of a run took, shown at its end."""

import time

from pyinfra import logger
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State
from typing_extensions import override

from tasks import transport

_SHOWN_FROM_SECONDS = 0.3


class PhaseTimes(BaseStateCallback):
    """Measures operations from outside, and prints the phases that took noticeable time."""

    def __init__(self) -> None:
        """Begin with nothing measured."""
        self._started = 0.0
        self._seconds: dict[str, float] = {}

    @override
    def operation_start(self, state: State, op_hash: str) -> None:  # type: ignore[override]
        """Note when the operation began."""
        self._started = time.monotonic()

    @override
    def operation_end(self, state: State, op_hash: str) -> None:  # type: ignore[override]
        """Add the operation's time to its phase."""
        name = sorted(state.get_op_meta(op_hash).names)[0]
        app, *phase = name.removeprefix("deploys/").split(" | ")[:2]
        key = f"{app.removesuffix('.py')} {' '.join(phase).lower()}"
        self._seconds[key] = self._seconds.get(key, 0.0) + time.monotonic() - self._started

    @override
    def host_disconnect(self, state: State, host: Host) -> None:  # type: ignore[override]
        """Print once, at the first host that disconnects."""
        transport.report()
        shown = {key: took for key, took in self._seconds.items() if took >= _SHOWN_FROM_SECONDS}
        self._seconds = {}
        if shown:
            logger.info("--> Seconds per phase:")
        for key, took in shown.items():
            logger.info(f"    {key:<40}{took:6.1f}")


def measure(state: State) -> None:
    """Measure this run; asked again, it goes on as it is."""
    if not any(isinstance(handler, PhaseTimes) for handler in state.callback_handlers):
        state.add_callback_handler(PhaseTimes())
