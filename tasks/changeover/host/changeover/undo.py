"""
The undo of what nobody holds.

The guard tries it until it has failed too often, a person as often as they like.
"""

import contextlib
from pathlib import Path
from typing import Any

from ..files import Failure
from . import guard, power_loss
from .end import Ending, finish
from .hold import broken_by, refusal, undoing
from .journal import Journal
from .lock import AppLock, LockedError, Patience, is_release, lock, patience
from .places import Places

_ATTEMPTS = 5
_WAIT_SECONDS = 60.0


def undo(places: Places, *, again: bool, wait: Patience | None = None) -> Ending | None:
    """
    Return how what nobody holds was ended, None where nothing was to be.

    A live release is left alone. ``again`` says that a person asks: also after it failed too
    often. Others are waited for as ever, or with the patience of ``wait``.
    """
    journal = Journal(places.state)
    try:
        by = "a person" if again else "the guard"
        wait = wait or (patience if again else _guard_patience)
        with lock(places.lock, undoing(journal, places.app, by), wait) as taken:
            return _undo_held(places, journal, taken, again=again)
    except LockedError as held:
        if again:
            raise Failure(refusal(journal, places.app, held.holder)) from None
        return None


def _guard_patience(found: dict[str, Any]) -> float:
    return 0 if is_release(found) else _WAIT_SECONDS  # it comes again


def _undo_held(places: Places, journal: Journal, taken: AppLock, *, again: bool) -> Ending | None:
    """Undo with the lock held: also the guard is stopped under it, or it would be a newer one's."""
    if again:
        places.attempts.unlink(missing_ok=True)
    if _tried(places.attempts) >= _ATTEMPTS:
        guard.stop(places.app)
        raise Failure(f"given up after {_ATTEMPTS} attempts\n{places.stuck()}".strip())
    by = "the boot" if power_loss.noted(journal) else "the guard"
    by = "a person" if again else by
    taken.describe(undoing(journal, places.app, by))
    ending = finish(journal, why=_why(journal), by=by, patient=again)
    if ending is None or not ending.stuck:
        places.attempts.unlink(missing_ok=True)
        guard.stop(places.app)
    else:
        with contextlib.suppress(OSError), places.attempts.open("a") as file:
            file.write(".")  # one that finds no room is not counted, and is tried more often
        guard.start(places.app)  # at boot nobody has
    return ending


def _tried(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _why(journal: Journal) -> str:
    return broken_by(journal) or "its controller and its hold were gone"
