"""
What a migration engine notes in a database, and how SQLite is asked for it.

It stands alone, so that a probe can take its text to a host whose programs are another version's.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

VARIABLE = "CHANGEOVER_MIGRATIONS"
"""Holds the tables to look for, as JSON. Programs of an earlier version pass it over, whereas an
argument that they do not know would be an error to them."""


class Row(NamedTuple):
    """What a database says of one migration."""

    id: str
    checksum: str = ""
    """Of the migration as it was applied; "" where the engine notes none."""
    finished: bool = True
    error: str = ""
    """The engine's own words about why it was not finished."""


class Table(NamedTuple):
    """The table in which an engine notes migrations, and which of its columns says what."""

    name: str
    id: tuple[str, ...]
    """The columns that name a migration, joined by dots."""
    checksum: str = ""
    finished: str = ""
    """Empty, 0 or false until all of the migration was done."""
    error: str = ""
    withdrawn: str = ""
    """Not empty in a row that does not count any more."""

    @property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """The columns that are read for each part of an answer."""
        others = ("checksum", "finished", "error", "withdrawn")
        named = {part: (getattr(self, part),) for part in others if getattr(self, part)}
        return {"id": self.id, **named}

    def row(self, found: Mapping[str, Any]) -> Row | None:
        """Return what a row says, by the parts of an answer; None where it does not count."""
        if found.get("withdrawn") is not None:
            return None
        finished = str(found.get("finished", True)).lower() not in ("none", "", "0", "f", "false")
        words = [str(found.get(part) or "") for part in ("checksum", "error")]
        return Row(str(found["id"]), words[0], finished, words[1])


# Whoever asks by hand names no table, nor does a script that an earlier version left in a journal.
KNOWN = (
    Table("alembic_version", ("version_num",)),
    Table("django_migrations", ("app", "name")),
)


def others() -> tuple[Table, ...]:
    """Return the tables of other engines that an app may have had before, or may have later."""
    own = {table.name for table in asked()}
    return tuple(table for table in KNOWN if table.name not in own)


def dumped(tables: Iterable[Table]) -> str:
    """Return tables as they are sent to a host."""
    return json.dumps([table._asdict() for table in tables])


def asked() -> tuple[Table, ...]:
    """Return the tables that this program was told to look for."""
    return loaded(os.environ.get(VARIABLE, ""))


def loaded(text: str) -> tuple[Table, ...]:
    """Return the tables of which a controller tells, or those that are looked for without it."""
    if not text:
        return KNOWN
    return tuple(Table(**{**one, "id": tuple(one["id"])}) for one in json.loads(text))


def read_sqlite(connection: Any, tables: Sequence[Table]) -> list[Row]:
    """Return what a SQLite database says of its migrations, sorted by their names."""
    listed = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    there = {name for (name,) in listed}
    found = [row for table in tables if table.name in there for row in _rows(connection, table)]
    return sorted(found)


def read_histories(connection: Any) -> dict[str, list[str]]:
    """Return what a SQLite database says, by the table that says it; what cannot be told is not."""
    found = {table.name: names(read_sqlite(connection, [table])) for table in asked()}
    for table in others():
        # one of that name may be something else to this app
        with suppress(sqlite3.OperationalError):
            found[table.name] = names(read_sqlite(connection, [table]))
    return found


def _rows(connection: Any, table: Table) -> Iterable[Row]:
    columns = [column for names in table.columns.values() for column in names]
    # a quoted name that is no column would be a text to SQLite, were it not the table's
    named = ", ".join(f"t.{_quoted(column)}" for column in columns)
    for values in connection.execute(f"SELECT {named} FROM {_quoted(table.name)} AS t"):  # noqa: S608
        left = iter(values)
        parts = {part: [next(left) for _ in names] for part, names in table.columns.items()}
        found = {part: told[0] for part, told in parts.items()}
        row = table.row({**found, "id": ".".join(map(str, parts["id"]))})
        if row:
            yield row


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def told(rows: Iterable[Row]) -> dict[str, Any]:
    """
    Return rows as hosts answer: the names of what was applied, and what is noted beside them.

    An engine that notes names alone has no more to say.
    """
    found = list(rows)
    more = [row._asdict() for row in found if row != Row(row.id)]
    return {"revisions": names(found), "noted": more}


def names(rows: Iterable[Row]) -> list[str]:
    """Return the names of the migrations that were applied, sorted."""
    return sorted(row.id for row in rows if row.finished)
