"""What a restart of an app's server may do to those who write, and no more."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.e2e.load import Attempt


@dataclass
class Restarts:
    """When the server was restarted: each time from before it was told to until after its end."""

    spans: list[tuple[float, float]] = field(default_factory=list)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Note one restart: it is in the block."""
        began = time.monotonic()
        yield
        self.spans.append((began, time.monotonic()))

    def of(self, attempt: Attempt) -> int | None:
        """Return the number of the restart that an attempt was open at, and ended by."""
        begun = [number for number, span in enumerate(self.spans) if span[0] <= attempt.ended]
        return begun[-1] if begun and attempt.started <= self.spans[begun[-1]][1] else None

    def too_much(self, strange: list[Attempt], found: Mapping[str | None, list[int]]) -> list[str]:
        """
        Say what went wrong for attempts that were told neither 201 nor 503.

        A server closes what it has accepted and not read, and nginx answers that with 502. A client
        has one connection, so a restart takes one attempt of each at most. ``found`` has the ids
        of what is there, by key: what was cut is there once or not at all.
        """
        wrong = [f"{one.key}: {one.status} {one.body}" for one in strange if not _by_nginx(one)]
        wrong += [f"{one.key}: there twice" for one in strange if len(found.get(one.key, [])) > 1]
        wrong += [f"{one.key}: cut by no restart" for one in strange if self.of(one) is None]
        cut = Counter((self.of(one), one.client) for one in strange)
        return wrong + [
            f"{client}: {count} of its writes cut by restart {number}"
            for (number, client), count in cut.items()
            if number is not None and count > 1
        ]


def _by_nginx(attempt: Attempt) -> bool:
    """Tell whether it is nginx that says that the app gave no answer."""
    if attempt.status != 502:
        return False
    try:
        return bool(json.loads(attempt.body)["error"] == "unavailable")
    except ValueError:
        return False
