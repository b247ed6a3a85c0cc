"""What would take too long is refused in its rehearsal: then nothing was closed for it."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from .. import time_limits
from ..files import Failure


def require_way_back(seconds: float, limits: Mapping[str, Any]) -> None:
    """Raise Failure if the copy took so long that the data could not be put back in time."""
    known = f"its backup and restore took {seconds:.0f} s"
    said = time_limits.refusal(limits["copy_setting"], limits["copy"], seconds, known)
    if said:
        raise Failure(said)


def bounded(sample: Callable[[], None], limits: Mapping[str, Any]) -> Callable[[], None]:
    """Return a sampling that raises Failure once all steps together have taken too long."""
    begun = time.monotonic()

    def sampled() -> None:
        if time.monotonic() - begun > limits["steps"]:
            raise Failure(
                f"{limits['steps_setting']}: the migrations took over {limits['steps']} s on the"
                " copy, and more is not allowed; raise it above what they need: so long the site"
                " will be closed"
            )
        sample()

    return sampled
