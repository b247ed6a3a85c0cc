"""Which release a rollback leads to."""

import re

from changeover.plans.rollback_methods.method import KIND, RESTORE
from changeover.plans.snapshot import Release, Snapshot

_COMMIT = re.compile(r"[0-9a-f]{7,40}")


def choose(snapshot: Snapshot, to: str = "") -> Release:
    """
    Return the release that a rollback leads to.

    Without ``to`` it is the one that served before, except after a rollback: then it is the one
    that serves, so that the same command does not go further back each time. A release that was
    rolled back is not gone back to. Raises ValueError where there is none.
    """
    if snapshot.current is None or snapshot.current not in snapshot.releases:
        raise ValueError("nothing serves, so there is nothing to go back from; release a commit")
    if to:
        return _named(snapshot, to)
    if rolled_back(snapshot):
        return snapshot.releases[snapshot.current]
    good = [
        release
        for release in snapshot.releases.values()
        if release.committed and not release.withdrawn and release.name != snapshot.current
    ]
    if not good:
        raise ValueError("no earlier release that served is on the host; release an older commit")
    return max(good, key=lambda release: release.committed or "")


def rolled_back(snapshot: Snapshot) -> bool:
    """Tell whether what serves was gone back to, and nothing was released since."""
    return _latest(snapshot)[0].startswith(KIND) and _latest(snapshot)[1] == snapshot.current


def restored(snapshot: Snapshot, release: str) -> bool:
    """Tell whether the last changeover restored the restore point of this very release."""
    return _latest(snapshot) == (f"{KIND} {RESTORE}", release)


def _latest(snapshot: Snapshot) -> tuple[str, str | None]:
    latest = snapshot.latest or {}
    return str(latest.get("kind") or ""), (latest.get("to") or {}).get("release")


def _named(snapshot: Snapshot, to: str) -> Release:
    found = [
        release
        for release in snapshot.releases.values()
        if release.name == to or (_COMMIT.fullmatch(to) and release.commit.startswith(to))
    ]
    known = ", ".join(name for name, one in snapshot.releases.items() if one.committed) or "none"
    if len(found) != 1:
        many = "more than one release is" if found else "no release on the host is"
        raise ValueError(f"rollback_to: {many} {to}; those that served: {known}")
    if not found[0].committed and found[0].name != snapshot.current:
        raise ValueError(f"rollback_to: {to} never served here; those that did: {known}")
    return found[0]
