"""
Parts of a host's own configuration: a file for each phase, and a line for each part.

They are converged in the order of their lines.
"""

from collections.abc import Callable

from changeover.hardening.plans.part import HostTarget, Part
from changeover.hardening.plans.parts import (
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
from changeover.host.registry import Registry

PARTS: Registry[str, Callable[[HostTarget], Part]] = Registry(
    "part of a host",
    {
        "access.operator": access.operator,
        "access.sshd": sshd.sshd,
        "network.kernel": network.kernel,
        "network.firewall": network.firewall,
        "network.bans": network.bans,
        "system.identity": system.identity,
        "system.upgrades": upgrades.upgrades,
        "system.time": system.time,
        "system.journal": system.journal,
        "system.swap": swap.swap,
        "system.mounts": mounts.mounts,
        "system.limits": limits.limits,
        "postgres.server": postgres.server,
        "web.nginx": web.nginx,
        "web.sandbox": web.sandbox,
    },
)
"""Each by the name that its line in deploys/provision.py has."""
PARTS.require(__name__, __path__)
