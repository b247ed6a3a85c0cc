"""What undoes a step, written down on the host before the step acts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from changeover.host.time_limits import LEAST_SECONDS
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target

STEP_SECONDS = 1800
UNDO_SECONDS = LEAST_SECONDS


@dataclass(frozen=True)
class Undo:
    """
    How a step is undone by the host alone, also when the step never acted or stopped half-way.

    First ``script`` runs, then each path of ``save`` becomes what it was before the step.
    """

    step: str
    """``<phase>.<what>``, as the deploy file's lines are called."""
    save: tuple[str, ...] = ()
    """Files and links that the step replaces, makes or removes."""
    script: str = ""
    """What is to be done beside; it may run twice."""
    redo: str = ""
    """What remains to be done once the changeover is committed; it may run twice."""
    stop: str = ""
    """The script that ends what the step starts elsewhere and that must not outlive it; it runs
    before anything is undone, and at the commit. It may run twice."""
    note: Mapping[str, str] = field(default_factory=dict)
    """What the ledger is to know of the step."""
    shown: bool = False
    """What the step says is for whoever runs it, also when all is well."""
    limit_seconds: int = STEP_SECONDS
    """After which the step is killed and counts as failed."""
    limit_setting: str = ""
    """What is to be raised where that is too little, "" where nothing can be."""
    undo_seconds: int = UNDO_SECONDS
    """After which ``script`` is killed and counts as failed, except where a person waits for it."""

    @property
    def phase(self) -> str:
        """The phase under which the ledger counts the step's seconds."""
        return self.step.partition(".")[0]


def keep_links(target: Target, snapshot: Snapshot, *paths: str) -> tuple[str, ...]:
    """Return full paths of links in the release to save, none where the release itself is new."""
    if target.release not in snapshot.releases:
        return ()
    return tuple(f"{target.release_path}/{path}" for path in paths)
