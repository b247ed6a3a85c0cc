"""A database that is only read: SQLite by its path, PostgreSQL by the URL in an environment."""

import contextlib
import os
import pwd
import sqlite3
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from .changeover_files import Failure
from .expect_types import POSTGRESQL, SQLITE
from .postgres_address import read_value
from .sqlite_content import open_source, pin_snapshot

# what libraries put into a URL and PostgreSQL's own client does not know
_NOT_LIBPQ = ("schema", "connection_limit", "pool_timeout", "pgbouncer")
_STEPS = 10_000

# nobody reads more rows of what must not be
MOST = 1000

Row = tuple[Any, ...]


class Refused(Exception):  # noqa: N818 - what the database did
    """The database did not answer a query; the message is its own."""


class Database(Protocol):
    """What a kind of database has to be able to do."""

    kind: str
    placeholder: str

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return what a query finds, the first rows of many. Raises Refused."""

    def columns(self, table: str) -> dict[str, str]:
        """Return each column's type by its name, nothing where there is no such table."""


class Where(NamedTuple):
    """Where the database is, how long a query may take, and as whom PostgreSQL is asked."""

    sqlite: str | None
    environment: str | None
    key: str
    user: str | None
    seconds: float


@contextlib.contextmanager
def opened(where: Where) -> Iterator[Database]:
    """Open it for reading: one state of it is seen to the end."""
    if where.sqlite:
        with open_source(Path(where.sqlite)) as connection:
            pin_snapshot(connection)
            yield _Sqlite(connection, where.seconds)
        return
    url = read_value(Path(where.environment or ""), where.key)
    with _connected(url, where) as connection:
        yield _Postgresql(connection)


def quoted(name: str) -> str:
    """Quote a name, perhaps with its schema, for SQL."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


class _Sqlite:
    kind, placeholder = SQLITE, "?"

    def __init__(self, connection: sqlite3.Connection, seconds: float) -> None:
        self._connection, self._seconds = connection, seconds

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        deadline = time.monotonic() + self._seconds
        self._connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
        try:
            return self._connection.execute(query, values).fetchmany(MOST)
        except (sqlite3.Error, sqlite3.Warning) as error:
            late = time.monotonic() > deadline
            raise Refused(f"took over {self._seconds:g} s" if late else str(error)) from error

    def columns(self, table: str) -> dict[str, str]:
        query = "SELECT name, type FROM pragma_table_xinfo(?)"
        return dict(self.rows(query, [table.removeprefix("main.")]))


class _Postgresql:
    kind, placeholder = POSTGRESQL, "%s"

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        import psycopg  # only hosts with PostgreSQL have it

        try:
            with self._connection.transaction():  # one that fails does not end the others
                # without values, % is but a letter
                found: list[Row] = self._connection.execute(query, values or None).fetchmany(MOST)
                return found
        except psycopg.Error as error:
            raise Refused(" ".join(str(error).split())) from error

    def columns(self, table: str) -> dict[str, str]:
        query = (
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped"
        )
        return dict(self.rows(query, [quoted(table)]))


@contextlib.contextmanager
def _connected(url: str, where: Where) -> Iterator[Any]:
    try:
        import psycopg
    except ImportError:
        raise Failure("PostgreSQL needs the package python3-psycopg") from None
    plain, schema = _for_libpq(url)
    if where.user:
        _become(where.user)
    try:
        with psycopg.connect(plain, connect_timeout=10) as connection:
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            settings = {"statement_timeout": str(int(where.seconds * 1000)), "search_path": schema}
            with connection.transaction():
                for name, value in settings.items():
                    if value:
                        connection.execute("SELECT set_config(%s, %s, true)", [name, value])
                yield connection
    except psycopg.Error as error:
        # the words of libpq name host, user and database, never the password
        raise Failure(f"PostgreSQL says: {' '.join(str(error).split())}") from error


def _for_libpq(url: str) -> tuple[str, str]:
    """Return a URL as PostgreSQL's client knows it, and the schema that it named."""
    scheme, _, rest = url.partition("://")
    if scheme.partition("+")[0] not in ("postgres", "postgresql"):
        raise Failure("the URL is neither of SQLite nor of PostgreSQL")
    base, _, query = rest.partition("?")
    given = urllib.parse.parse_qsl(query)
    kept = urllib.parse.urlencode([pair for pair in given if pair[0] not in _NOT_LIBPQ])
    return f"postgresql://{base}" + (f"?{kept}" if kept else ""), dict(given).get("schema", "")


def _become(user: str) -> None:
    """Be the app's user from here on: PostgreSQL may know it by that alone (peer)."""
    found = pwd.getpwnam(user)
    os.initgroups(user, found.pw_gid)
    os.setgid(found.pw_gid)
    os.setuid(found.pw_uid)
