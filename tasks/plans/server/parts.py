"""Every part of a host's own configuration, in the order in which they are converged."""

from collections.abc import Callable

from tasks.plans.server import web
from tasks.plans.server.part import Part, Wish

PARTS: tuple[Callable[[Wish], Part], ...] = (web.nginx, web.sandbox)
