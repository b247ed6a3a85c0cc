"""What stands in front of the apps' sites."""

from changeover.hardening.operations import changeover
from changeover.run.phase import host_phase


@host_phase("Web")
def nginx() -> None:
    """Configure nginx around the sites: limits, defaults, no answer to unknown names."""
    changeover.converge(name="Configure nginx", part="web.nginx")


@host_phase("Web")
def sandbox() -> None:
    """Take from nginx what it does not need."""
    changeover.converge(name="Sandbox nginx", part="web.sandbox")
