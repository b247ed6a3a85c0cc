"""Expectations of a SQLite database: a file, looked at in a child that is the app's user."""

import argparse
import contextlib
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..app import child as app_child
from ..files import Failure
from ..sqlite.opening import open_source, pin_snapshot
from ..sqlite.place import Place, located
from . import data
from .database import MOST, Database, Found, Refused
from .types import SQLITE

_STEPS = 10_000


def failures(options: argparse.Namespace, expectations: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what is not as expected of ``--database``, a path."""
    place = Place(Path(options.database).absolute(), options.user or "", options.within)

    def look() -> list[str]:
        with opened(place, options.seconds) as database:
            return data.failures(database, expectations)

    try:
        return list(map(str, app_child.run(place.user, look) if place.user else look()))
    except sqlite3.Error as error:
        raise Failure(str(error)) from None


@contextlib.contextmanager
def opened(place: Place, seconds: float) -> Iterator[Database]:
    """Open a SQLite database for reading, as its user already."""
    with open_source(located(place)) as connection:
        pin_snapshot(connection)
        yield _Sqlite(connection, seconds)


class _Sqlite:
    kind, placeholder = SQLITE, "?"

    def __init__(self, connection: sqlite3.Connection, seconds: float) -> None:
        self._connection, self._seconds = connection, seconds

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Found]:
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
