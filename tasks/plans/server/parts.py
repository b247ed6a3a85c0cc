"""Every part of a host's own configuration, in the order in which they are converged."""

from collections.abc import Callable

from tasks.plans.server import limits, postgres, swap, system, upgrades
from tasks.plans.server.part import Part, Wish

PARTS: tuple[Callable[[Wish], Part], ...] = (
    system.identity,
    upgrades.upgrades,
    system.time,
    system.journal,
    swap.swap,
    limits.limits,
    postgres.server,
)
