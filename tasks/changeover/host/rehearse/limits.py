"""What would take too long is refused in its rehearsal: then nothing was closed for it."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from ..files import Failure

# as the controller reckons for the undo of the real migration, from the real backup
FLOOR, FACTOR = 900, 5


def require_way_back(seconds: float, limits: Mapping[str, Any]) -> None:
    """Raise Failure if the copy took so long that the data could not be put back in time."""
    needed = max(FLOOR, int(FACTOR * seconds))
    if needed > limits["copy"]:
        raise Failure(
            f"{limits['copy_setting']}: putting the database back may take up to {needed} s, as its"
            f" backup and restore took {seconds:.0f} s; {limits['copy']} are allowed. Raise it to"
            f" {needed} at least: so long the site may stay closed if the release fails"
        )


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
