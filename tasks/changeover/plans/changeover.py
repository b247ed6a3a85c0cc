"""A changeover: how it is begun on the host, and what is known of it."""

from typing import Any

from changeover.plans import migrations
from changeover.plans.paths import PROGRAMS
from changeover.plans.rollback_methods.method import KIND
from changeover.plans.settle import settle_script
from changeover.plans.snapshot import Release, Snapshot
from changeover.plans.target import Target

CLOSING = "maintenance.close"


def hold_command(app: str, changeover: str) -> str:
    """
    Return the command that holds an app for a changeover.

    All that the changeover starts stays in one scope (a cgroup), which nothing can leave, so that
    the undo finds it.
    """
    scope = f"systemd-run --quiet --scope --collect --unit=changeover-{changeover}.scope"
    return f"exec {scope} {PROGRAMS}/changeover hold {app}"


def about(
    target: Target, snapshot: Snapshot, changeover: str, operator: str, controller: str
) -> dict[str, Any]:
    """Return what the host has to know of a changeover before the first step."""
    return {
        "id": changeover,
        "kind": f"{KIND} {target.rollback.method.name}" if target.rollback else "release",
        "operator": operator,
        "controller": controller,
        "from": _known(snapshot.releases.get(snapshot.current or "")),
        "to": {"release": target.release, "commit": target.commit.id if target.commit else None},
        "schema_before": _schema(target, snapshot),
        "closing": CLOSING,
        "settle": settle_script(target, snapshot),
    }


def commit_note(target: Target, snapshot: Snapshot) -> dict[str, Any]:
    """Return what the ledger is to know of the committed state."""
    return {"schema_after": _schema(target, snapshot)}


def _known(release: Release | None) -> dict[str, str] | None:
    return {"release": release.name, "commit": release.commit} if release else None


def _schema(target: Target, snapshot: Snapshot) -> list[str]:
    return migrations.heads(target.app, snapshot.database.revisions) if snapshot.database else []
