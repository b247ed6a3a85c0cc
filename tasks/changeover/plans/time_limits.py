"""How long putting a database back may take, told by what its backup really took."""

from changeover.plans.snapshot import Backup, Snapshot
from changeover.plans.target import Target
from changeover.plans.undo import STEP_SECONDS, UNDO_SECONDS

# the host may be busier then, and a restore also puts in place what it has verified
_FACTOR = 5


def restore_seconds(backup: Backup | None) -> int:
    """Return how long a restore of a backup may take, as a limit: generous, and never short."""
    return max(UNDO_SECONDS, int(_FACTOR * backup.seconds)) if backup else UNDO_SECONDS


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
    needed, allowed = restore_seconds(backup), target.values.undo_timeout_seconds
    if backup is None or needed <= allowed:
        return ""
    return (
        f"{setting(target)}: putting the database back may take up to {needed} s, as the backup"
        f" {backup.manifest} took {backup.seconds:.0f} s with its restore; {allowed} are allowed."
        f" Raise it to {needed} at least: so long the site may stay closed if the release fails"
    )
