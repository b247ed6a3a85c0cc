"""Every part of a host's own configuration, in the order in which they are converged."""

from collections.abc import Callable

from changeover.hardening.plans import (
    access,
    limits,
    mounts,
    network,
    postgres,
    sshd,
    swap,
    system,
    upgrades,
    web,
)
from changeover.hardening.plans.part import HostTarget, Part

PARTS: tuple[Callable[[HostTarget], Part], ...] = (
    access.operator,
    sshd.sshd,
    network.kernel,
    network.firewall,
    network.bans,
    system.identity,
    upgrades.upgrades,
    system.time,
    system.journal,
    swap.swap,
    mounts.mounts,
    limits.limits,
    postgres.server,
    web.nginx,
    web.sandbox,
)
