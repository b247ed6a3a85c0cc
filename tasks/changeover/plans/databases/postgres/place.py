"""What a place of a PostgreSQL server is to a plan."""

from dataclasses import dataclass

from changeover.host.postgres.address import Address
from changeover.plans.databases.kind import Place, Words

# psycopg, in Debian's Python, asks what a release expects of its data
CLIENT = ("postgresql-client", "python3-psycopg")


@dataclass(frozen=True)
class ServerPlace(Place):
    """Where a server is; ``host/postgres/places.py`` knows which servers, and the way to them."""

    packages: Words = CLIENT
    reach: Words = ()
    """What the host's programs are told of it, whatever the URL: they know if it is that place."""

    def locked_out(self, address: Address, user: str) -> str | None:
        """Return why the app of that user would not be let in, None where it will or may be."""
        raise NotImplementedError
