"""
Debian's server on the host itself, which provisioning looks after.

There a URL without a password is for a role with the name of the app's user, which PostgreSQL lets
in by its socket (peer authentication); so it does the server's own superuser.
"""

from dataclasses import dataclass

from typing_extensions import override

from changeover.host.postgres.address import Address
from changeover.plans.databases.kind import Words
from changeover.plans.databases.postgres.place import CLIENT, ServerPlace


@dataclass(frozen=True)
class _Here(ServerPlace):
    packages: Words = (*CLIENT, "postgresql")
    # Debian's unit that stands for all PostgreSQL servers of a host
    units: Words = ("postgresql.service",)
    provisioned: bool = True
    reach: Words = ("--superuser", "postgres")

    @override
    def locked_out(self, address: Address, user: str) -> str | None:
        if address.password or (address.by_socket and (address.user or user) == user):
            return None
        return f"has no password; without one only the user {user} comes in, by the server's socket"


HERE = _Here()
