"""What expectations need of a database, of whatever kind; it is only read."""

from collections.abc import Sequence
from typing import Any, Protocol

# nobody reads more rows of what must not be
MOST = 1000

Found = tuple[Any, ...]


class Refused(Exception):  # noqa: N818 - what the database did
    """The database did not answer a query; the message is its own."""


class Database(Protocol):
    """What a kind of database has to be able to do."""

    kind: str
    placeholder: str

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Found]:
        """Return what a query finds, the first rows of many. Raises Refused."""

    def columns(self, table: str) -> dict[str, str]:
        """Return each column's type by its name, nothing where there is no such table."""


def quoted(name: str) -> str:
    """Quote a name, perhaps with its schema, for SQL."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))
