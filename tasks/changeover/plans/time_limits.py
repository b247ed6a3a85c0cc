"""How long what works with a database may take, and which setting says so."""

from changeover.host import time_limits
from changeover.plans.snapshot import Backup, Snapshot
from changeover.plans.target import Target
from changeover.plans.undo import STEP_SECONDS


def restore_seconds(backup: Backup | None) -> int:
    """Return how long a restore of a backup may take, as a limit: generous, and never short."""
    return time_limits.restore_seconds(backup.seconds if backup else 0)


def backup_seconds(target: Target) -> int:
    """Return how long a backup may take: what takes longer could not be put back in time."""
    return max(STEP_SECONDS, target.values.undo_timeout_seconds)


def setting(target: Target) -> str:
    """Return the setting that says how long an undo may take."""
    return f"{target.app.name}_undo_timeout_seconds"


def migration_setting(target: Target) -> str:
    """Return the setting that says how long migrations may take."""
    return f"{target.app.name}_migration_timeout_seconds"


def of(snapshot: Snapshot, manifest: str) -> Backup | None:
    """Return the backup that a manifest is of."""
    return next((one for one in snapshot.backups if one.manifest == manifest), None)


def refusal(target: Target, backup: Backup | None) -> str:
    """Return why what would be undone from a backup must not begin, "" where it may."""
    if backup is None:
        return ""
    known = f"the backup {backup.manifest} took {backup.seconds:.0f} s with its restore"
    allowed = target.values.undo_timeout_seconds
    return time_limits.refusal(setting(target), allowed, backup.seconds, known)
