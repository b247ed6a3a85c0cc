"""Expectations of a PostgreSQL database: by the URL in an environment file, through psycopg."""

import argparse
import contextlib
import os
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..app import user as app_user
from ..database_url import read_value
from ..files import Failure
from ..postgres.address import PARAMETERS, parse, schemas_in
from ..revisions.postgres import read_postgres
from ..revisions.table import Row, Table
from . import data
from .database import MOST, Found, Refused, quoted
from .types import POSTGRESQL


def failures(options: argparse.Namespace, expectations: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what is not as expected of the database whose URL is in ``--environment``."""
    url = read_value(Path(options.environment or ""), options.key)
    _client()  # before it is another user who reads it
    if options.user:
        app_user.become(options.user)
    said = f"{options.key} in {options.environment}"
    with reached(url, said, options.seconds) as database:
        return data.failures(database, expectations)


class Postgresql:
    """PostgreSQL, through psycopg."""

    kind, placeholder = POSTGRESQL, "%s"

    def __init__(self, connection: Any, role: str) -> None:
        """Take an open connection, and whose it is."""
        self._connection, self._role = connection, role

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Found]:
        """Return what a query finds, the first rows of many. Raises Refused."""
        try:
            with (
                self._connection.transaction(),  # one that fails does not end the others
                # of the server: it is one statement that reads, never several
                self._connection.cursor(name="expected") as cursor,
            ):
                # without values, % is but a letter
                found: list[Found] = cursor.execute(query, values or None).fetchmany(MOST)
                return found
        except _client().Error as error:
            raise Refused(" ".join(str(error).split())) from error

    def columns(self, table: str) -> dict[str, str]:
        """Return each column's type by its name, nothing where there is no such table."""
        query = (
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped"
        )
        return dict(self.rows(query, [quoted(table)]))

    def noted(self, tables: Sequence[Table], history_schema: str = "") -> list[Row]:
        """Return what it says of its migrations in these tables, sorted by their names."""
        ((path,),) = self._connection.execute("SHOW search_path").fetchall()
        schemas = schemas_in(path, self._role)
        named = _Named(self._connection)
        return read_postgres(named, schemas, self._role, history_schema, tables)


class _Named:
    """A connection whose rows are read by the names of their columns."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def rows(self, query: str) -> list[dict[str, Any]]:
        cursor = self._connection.execute(query)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@contextlib.contextmanager
def reached(url: str, said: str, seconds: float, **way: str) -> Iterator["Postgresql"]:
    """
    Open a PostgreSQL database for reading: one state of it is seen to the end.

    ``said`` tells in messages where the URL stands; no message quotes it. ``way`` is what its
    client is told beside and instead, such as ``hostaddr`` and ``port`` of a tunnel.
    Raises Failure.
    """
    psycopg = _client()
    told = _told(url, said) | way
    settings = {
        "default_transaction_read_only": "on",
        "statement_timeout": str(int(seconds * 1000)),
        "search_path": parse(url, said).search_path,
    }
    # an error's own traceback knows all that the client was told
    problem = ""
    try:
        with _by_what_is_told(), psycopg.connect(**told, connect_timeout=10) as connection:
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            with connection.transaction():
                for name, value in settings.items():
                    if value:
                        connection.execute("SELECT set_config(%s, %s, true)", [name, value])
                yield Postgresql(connection, connection.info.user)
    except psycopg.Error as error:
        # the words of libpq name host, user and database, never the password
        problem = " ".join(str(error).split())
    if problem:
        raise Failure(f"PostgreSQL says: {problem}")


@contextlib.contextmanager
def _by_what_is_told() -> Iterator[None]:
    """Keep the client from what the environment of whoever asks says of servers."""
    own = {key: os.environ.pop(key) for key in [*os.environ] if key.startswith("PG")}
    try:
        yield
    finally:
        os.environ.update(own)


def _client() -> Any:
    try:
        import psycopg  # only hosts with PostgreSQL have it
    except ImportError:
        raise Failure("PostgreSQL needs the package python3-psycopg") from None
    return psycopg


def _told(url: str, said: str) -> dict[str, Any]:
    """Return a URL as the client's keywords: it would quote a URL that it does not understand."""
    address = parse(url, said)
    given = {word: address.settings.get(name, "") for word, name in PARAMETERS.items()}
    given |= {"host": address.host, "port": address.port, "dbname": address.database}
    given |= {"user": address.user, "password": address.password}
    given["options"] = _query(url).get("options", "")
    return {word: value for word, value in given.items() if value}


def _query(url: str) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(url.partition("?")[2]))
