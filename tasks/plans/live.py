"""A release that is going on at this moment, seen by another run."""

import time

from tasks.plans.snapshot import Snapshot

_RELEASE = "release"  # as the host program's lock calls its holder


def is_live(snapshot: Snapshot) -> bool:
    """Tell whether a release of the app is going on at this moment."""
    return (snapshot.held or {}).get("what") == _RELEASE


def describe(app: str, snapshot: Snapshot) -> str:
    """
    Return who releases the app, since when, in which phase, and what to do about it.

    In the words of the host's own refusal.
    """
    about = snapshot.open_changeover or {}
    since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(about.get("began", time.time())))
    return (
        f"{app} is being released by {about.get('operator', 'somebody')} from"
        f" {about.get('controller', 'somewhere')} since {since}, now in phase"
        f" {about.get('phase', 'begin')}: wait for it, or break it with"
        f" deploys/undo.py --data changeover_break={about.get('id', 'ID')}"
    )
