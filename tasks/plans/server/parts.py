"""Every part of a host's own configuration, in the order in which they are converged."""

from collections.abc import Callable

from tasks.plans.server import network, web
from tasks.plans.server.part import Part, Wish

PARTS: tuple[Callable[[Wish], Part], ...] = (
    network.kernel,
    network.firewall,
    network.bans,
    web.nginx,
    web.sandbox,
)
