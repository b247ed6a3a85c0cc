"""A release that is going on at this moment, seen by another run."""

from tasks.host.changeover_lock import is_release
from tasks.host.changeover_words import being_released
from tasks.plans.snapshot import Snapshot


def is_live(snapshot: Snapshot) -> bool:
    """Tell whether a release of the app is going on at this moment."""
    return is_release(dict(snapshot.held or {}))


def describe(app: str, snapshot: Snapshot) -> str:
    """Return who releases the app, since when, in which phase, and what to do about it."""
    about = snapshot.open_changeover or {}
    return being_released(app, about, about.get("phase"))
