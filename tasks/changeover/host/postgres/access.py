"""The way to a PostgreSQL server: as the app itself takes it, and as a superuser beside it.

What happens inside the app's database is done as the app's role, logged in as the app logs in: the
app's own code may run there (checks of tables, views, casts), and must not gain by it. The
superuser acts from another database of the server, where the app has made nothing.

A password is handed over in the environment of the child, which nobody but its
user and root can read; nothing of it is ever on a disk or on a command line.
A superuser comes in by peer authentication: the child runs as that system user. Where the server
is, and which programs reach it, its place says (``places``).
"""

import re
import subprocess
from dataclasses import dataclass
from typing import Any

from ..files import Failure
from . import places
from .address import Address
from .place import Place, Who

# The text of a value must not hang on what the database, the role or the host have set.
SETTINGS = {
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "lc_monetary": "C",
    "xmloption": "content",
    "quote_all_identifiers": "off",
    "standard_conforming_strings": "on",
    "row_security": "off",  # hidden rows are an error, not a smaller table
    "client_min_messages": "error",
    "statement_timeout": "0",
    "lock_timeout": "60s",  # who holds a lock without end must not keep an undo waiting
    "idle_in_transaction_session_timeout": "0",
    "default_transaction_read_only": "off",
    "jit": "off",
    # what a migration may have set for its role, and what would keep everybody from connecting
    "local_preload_libraries": "",
    "idle_session_timeout": "0",
    "array_nulls": "on",
    "transform_null_equals": "off",
}


# By which a connection is known that came through unchanged: a pooler may drop what it is told.
MARK = "changeover.mark"

# The app's home is a folder that it may fill, with pipes too: of files there the URL speaks.
_NO_HOME = {
    **dict.fromkeys(("PGPASSFILE", "PGSERVICEFILE", "PGSSLCERT", "PGSSLKEY"), "/nonexistent"),
    **dict.fromkeys(("PGSSLROOTCERT", "PGSSLCRL", "HOME"), "/nonexistent"),
}


@dataclass(frozen=True, repr=False)
class Access:
    """How one database's server is reached; holds the password, so it is never printed."""

    address: Address
    superuser: str | None
    """The system user who comes in by peer authentication, None where only the URL's role does."""
    user: str | None = None
    """The app's system user, who logs in with the URL, None for whoever runs this."""
    trusted: bool = False
    """Whether the superuser acts inside the app's database too."""
    history_schema: str = ""
    """The schema in which migrations are noted, "" where the app's search_path says it."""
    pooled: bool = False
    """Whether the app itself comes in through a connection pooler."""

    @property
    def place(self) -> Place:
        """Return where the server is."""
        return places.of(self.address)

    @property
    def database(self) -> str:
        """Return the name of the app's database."""
        return self.address.database

    @property
    def role(self) -> str:
        """Return the app's role; where the URL names none, it has the name of the app's user."""
        return self.address.user or self.user or ""

    @property
    def inside(self) -> str | None:
        """Return the superuser, if that one acts inside the app's database too."""
        return self.superuser if self.trusted else None

    def environment(
        self, database: str, superuser: str | None, settings: dict[str, str]
    ) -> dict[str, str]:
        """Return the environment of a child: all that it needs to know, and nothing else."""
        own = self.address.search_path
        # a superuser names nothing of the app's; the app finds things as its URL says
        path = {"search_path": ""} if superuser else {"search_path": own} if own else {}
        options = SETTINGS | {MARK: "yes"} | path | settings
        made = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL": "C.UTF-8",
            "PGCLIENTENCODING": "UTF8",
            "PGCONNECT_TIMEOUT": "10",
            "PGAPPNAME": "changeover",
            "PGPORT": self.address.port,
            "PGDATABASE": database,
            "PGOPTIONS": " ".join(f"-c {key}={_escaped(text)}" for key, text in options.items()),
        }
        if superuser:
            host = self.place.superuser_host(self.address) or ""
            return made | {"PGHOST": host, "PGUSER": superuser}
        made |= {"PGHOST": self.address.host, "PGUSER": self.role}
        password = {"PGPASSWORD": self.address.password} if self.address.password else {}
        return made | _NO_HOME | password | self.address.settings


def _escaped(value: str) -> str:
    """Return a value as the server takes it among its options, which blanks part."""
    return re.sub(r"([\\\s])", r"\\\1", value)


def access_to(
    address: Address, superuser: str | None, user: str | None = None, **how: Any
) -> Access:
    """Return the way to a server; a superuser there is only where that one is let in."""
    if not (address.user or user):
        raise Failure("the URL names no user: write it as postgresql://USER:PASSWORD@HOST/NAME")
    let_in = superuser if places.of(address).superuser_host(address) else None
    return Access(address, let_in, user, **how)


def start(
    access: Access,
    command: list[str],
    database: str,
    superuser: str | None = None,
    settings: dict[str, str] | None = None,
    **streams: Any,
) -> "subprocess.Popen[bytes]":
    """
    Start a client program that reaches a database; its password is in the environment only.

    It acts as the superuser that is named, else as the app does: as its system user, with its URL.
    """
    environment = access.environment(database, superuser, settings or {})
    return access.place.start(command, Who(superuser, access.user), environment, **streams)
