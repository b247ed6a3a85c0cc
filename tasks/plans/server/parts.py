"""Every part of a host's own configuration, in the order in which they are converged."""

from collections.abc import Callable

from tasks.plans.server import access, sshd
from tasks.plans.server.part import Part, Wish

PARTS: tuple[Callable[[Wish], Part], ...] = (access.operator, sshd.sshd)
