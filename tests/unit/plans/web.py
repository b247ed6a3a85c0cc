"""The app's process, as a host may have it."""

from dataclasses import replace
from typing import Any

from changeover.plans.snapshot import Process, Snapshot


def web(snapshot: Snapshot, **changes: Any) -> Snapshot:
    """Return the snapshot with the app's process changed as given."""
    process = replace(snapshot.processes.get("web", Process()), **changes)
    return replace(snapshot, processes={"web": process})


def stopped(snapshot: Snapshot, **changes: Any) -> Snapshot:
    """Return the snapshot with the app's process stopped, and changed as given."""
    down: dict[str, Any] = {"active": False, "stopped": True, "release": None}
    return web(snapshot, **down | {"detail": {"socket": "inactive"}} | changes)
