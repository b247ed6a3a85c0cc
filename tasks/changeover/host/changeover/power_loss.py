"""Whether the host lost its power amid a changeover, and since when nobody was served then."""

import os
import time
from pathlib import Path

from ..files import Failure
from .journal import Journal


def noted(journal: Journal) -> bool:
    """Note since when nobody was served, if the host went down in the middle; tell whether."""
    if journal.folder is None:
        return False
    booted = _booted()
    try:
        began = journal.about()["began"]
    except (Failure, KeyError):
        began = booted  # what is wrong with the journal, its end says
    last = max((event["at"] for event in journal.events()), default=began)
    lost = any(event.get("event") == "power lost" for event in journal.events())
    if not lost and last < booted:
        journal.note(event="power lost", since=last)
        return True
    return lost


def _booted() -> float:
    """Return when init was started, in seconds since 1970: in a container, the container's."""
    ticks = int(Path("/proc/1/stat").read_text().rpartition(")")[2].split()[19])
    # /proc/stat has whole seconds only, and a machine can be up again within one
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return time.time() - age
