"""The host's own PostgreSQL server."""

from changeover.hardening.operations import changeover
from changeover.run.phase import host_phase


@host_phase("PostgreSQL")
def server() -> None:
    """Size PostgreSQL for the host, where an app has its database there, and close it."""
    changeover.converge(name="Tune PostgreSQL", part="postgres.server")
