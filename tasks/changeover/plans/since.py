"""Which of an app's demands a release is held to: those of migrations that it knows."""

from collections.abc import Sequence
from typing import TypeVar

from changeover.plans.pending import history
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target
from changeover.settings.expect import Since

Demand = TypeVar("Demand", bound=Since)


def applicable(target: Target, snapshot: Snapshot, demands: Sequence[Demand]) -> tuple[Demand, ...]:
    """Return the demands that the wanted release has to meet; all while its history is unknown."""
    steps = history(target, snapshot)
    known = None if steps is None else {step.id for step in steps}
    return tuple(one for one in demands if one.since is None or known is None or one.since in known)


def describe_skipped(target: Target, snapshot: Snapshot, demands: Sequence[Demand]) -> str:
    """Return what is not asked of this release, in words; "" where everything is."""
    kept = applicable(target, snapshot, demands)
    left = sorted({one.since for one in demands if one.since and one not in kept})
    return f" (not what is so since {', '.join(left)}, which it does not know)" if left else ""
