"""What stands in front of the apps' sites."""

from changeover.hardening.operations import server
from changeover.run.phase import host_phase


@host_phase("Web")
def nginx() -> None:
    """Configure nginx around the sites: limits, defaults, no answer to unknown names."""
    server.converged(name="Configure nginx", part="web.nginx")


@host_phase("Web")
def sandbox() -> None:
    """Take from nginx what it does not need."""
    server.converged(name="Sandbox nginx", part="web.sandbox")
