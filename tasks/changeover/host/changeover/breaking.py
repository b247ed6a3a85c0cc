"""The end of a live release by somebody else: its hold is told to stop, and undoes."""

import contextlib
import math
import os
import signal
import time
from pathlib import Path
from typing import Any

from ..files import Failure
from .end import Ending
from .journal import Journal
from .lock import holder, is_release, is_undo, patience
from .places import Places
from .undo import undo
from .words import said

_IDLE_SECONDS = 15.0
_KILL_SECONDS = 60.0


def break_(places: Places, changeover: str, by: str) -> Ending | None:
    """
    Break the changeover of a live release, by its id, and have it undone.

    Returns how what its hold left was ended, None where that undid all itself. Raises Failure
    where nobody releases, or somebody else than was meant.
    """
    journal = Journal(places.state)
    found = holder(places.lock)
    if found and is_undo(found):
        raise Failure(f"nothing to break: {said(places.app, found)} is at work")
    if not found or not is_release(found) or journal.folder is None:
        raise Failure(f"nobody releases {places.app}: there is nothing to break")
    about = journal.about()
    if about["id"] != changeover:
        raise Failure(f"{changeover} does not hold {places.app}; {about['id']} does")
    journal.note(event="broken", note={"broken_by": by})
    os.kill(found["pid"], signal.SIGTERM)
    _wait_for_end(places.lock, journal, found)
    return undo(places, again=True, wait=_patience)


def _patience(found: dict[str, Any]) -> float:
    # an undo has limits of its own, each for what is undone
    return math.inf if is_undo(found) else patience(found)


def _wait_for_end(path: Path, journal: Journal, found: dict[str, Any]) -> None:
    """Wait until a hold that was told to stop undoes; kill one that does not even begin to."""
    begun = time.monotonic()
    while holder(path) == found:
        took = time.monotonic() - begun
        if any(event.get("event") == "undo" for event in journal.events()):
            return
        if took > _IDLE_SECONDS + _KILL_SECONDS:
            raise Failure(f"process {found['pid']} does not end, though it was killed: look at it")
        if took > _IDLE_SECONDS:
            with contextlib.suppress(ProcessLookupError):
                os.kill(found["pid"], signal.SIGKILL)
        time.sleep(0.1)
