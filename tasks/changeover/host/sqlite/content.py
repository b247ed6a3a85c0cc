"""
What a SQLite database holds: digests and counts.

The digest of a table is the SHA-256 of its rows in the order of their row ids
(or of the primary key of a table without row ids). A total order makes a plain
hash of the whole stream possible, which sees duplicates and exchanged rows and
does not rest on the algebra of sums of hashes. Of each row the row id and every
column are hashed, each value with its type and its exact bytes.

What this host's SQLite cannot read, or not check, is compared as the pages of the whole file.
"""

import contextlib
import hashlib
import sqlite3
import struct
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from . import lacks, opening
from . import pages as sqlite_pages

DIGEST_FORMAT = b"changeover table digest 1\n"
BUFFER_BYTES = 65536

_integer = struct.Struct(">cq").pack
_real = struct.Struct(">cd").pack
_length = struct.Struct(">cQ").pack


class TableDigest(TypedDict):
    """Row count and digest of one table."""

    rows: int
    sha256: str


class ReadPages(sqlite_pages.Pages):
    """The same, and of the tables that were read from there alone the count of rows."""

    rows: dict[str, int]


class Content(TypedDict):
    """All that must be equal in a database and in its restored backup."""

    tables: dict[str, TableDigest]
    schema_sha256: str
    foreign_key_violations: int | str
    page_size: int
    encoding: str
    user_version: int
    application_id: int
    pages: NotRequired[ReadPages]
    """Where this host's SQLite cannot read or check all of it."""


File = contextlib.AbstractContextManager[Path]
"""A file for as long as it is needed."""


def itself(path: Path) -> File:
    """Give a file that nobody writes."""
    return contextlib.nullcontext(path)


def quote_name(name: str) -> str:
    """Quote an identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


def table_names(connection: sqlite3.Connection) -> list[str]:
    """Return every stored table; a virtual table is stored in its shadow tables."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0"
    return sorted(name for (name,) in connection.execute(query))


def _encode(row: Iterable[Any], buffer: bytearray) -> None:
    """Append a row to a buffer: a letter for the type, then the exact value."""
    for value in row:
        kind = type(value)
        if kind is bytearray:  # the text factory: text as it is stored, valid or not
            buffer += _length(b"t", len(value))
            buffer += value
        elif kind is int:
            buffer += _integer(b"i", value)
        elif value is None:
            buffer += b"n"
        elif kind is float:
            buffer += _real(b"r", value)
        else:
            buffer += _length(b"b", len(value))
            buffer += value


def _selects(table: str) -> Iterator[str]:
    """Yield what reads all of a table: with row ids, and of a table that has none."""
    # NOT INDEXED: the scan follows the table itself, in the order of its key.
    for columns in ("_rowid_, *", "*"):
        yield f"SELECT {columns} FROM {quote_name(table)} NOT INDEXED"  # noqa: S608 - quoted name


def _digest_table(connection: sqlite3.Connection, table: str) -> TableDigest | None:
    """Return count and digest of a table, None where SQLite lacks what its definition names."""
    for query in _selects(table):
        try:
            return _digest_rows(connection.execute(query))
        except sqlite3.OperationalError as error:
            if not lacks.is_lack(error):
                raise
    return None


def _digest_rows(cursor: sqlite3.Cursor) -> TableDigest:
    """Digest all rows with one row and a small buffer in memory."""
    digest = hashlib.sha256(DIGEST_FORMAT + b"%d\n" % len(cursor.description))
    buffer = bytearray()
    rows = 0
    for row in cursor:
        rows += 1
        _encode(row, buffer)
        if len(buffer) > BUFFER_BYTES:
            digest.update(buffer)
            buffer.clear()
    digest.update(buffer)
    return {"rows": rows, "sha256": digest.hexdigest()}


@contextlib.contextmanager
def _raw_text(connection: sqlite3.Connection) -> Iterator[None]:
    connection.text_factory = bytearray
    try:
        yield
    finally:
        connection.text_factory = str


def digest_tables(
    connection: sqlite3.Connection, unread: Collection[str] = ()
) -> dict[str, TableDigest | None]:
    """Return row count and digest of every stored table; None for what cannot be read."""
    names = table_names(connection)
    with _raw_text(connection):
        return {name: None if name in unread else _digest_table(connection, name) for name in names}


def digest_schema(connection: sqlite3.Connection) -> str:
    """Digest the definitions of tables, indexes, views and triggers."""
    query = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2, 3, 4"
    with _raw_text(connection):
        return _digest_rows(connection.execute(query))["sha256"]


def pragma(connection: sqlite3.Connection, name: str) -> int | str:
    """Return the value of a pragma that has one."""
    (value,) = connection.execute(f"PRAGMA {name}").fetchone()
    return value if isinstance(value, int) else str(value)


def count_violations(connection: sqlite3.Connection) -> int | str:
    """Count foreign key violations, or give SQLite's words where it cannot check."""
    try:
        (count,) = connection.execute("SELECT count(*) FROM pragma_foreign_key_check").fetchone()
    except sqlite3.OperationalError as error:
        if not lacks.is_lack(error):
            raise
        return str(error)
    return int(count)


def read_content(
    connection: sqlite3.Connection, file: Callable[[], File], like: Content | None = None
) -> Content:
    """
    Read everything that is compared, as it was read for ``like``.

    ``file`` gives what the connection sees as a file that nobody writes; it is asked for where
    SQLite cannot read or check all. Raises Damaged where such a file is not whole.
    """
    known = like.get("pages") if like else None
    tables = digest_tables(connection, known["rows"] if known else ())
    content: Content = {
        "tables": {name: digest for name, digest in tables.items() if digest},
        "schema_sha256": digest_schema(connection),
        "foreign_key_violations": count_violations(connection),
        "page_size": int(pragma(connection, "page_size")),
        "encoding": str(pragma(connection, "encoding")),
        "user_version": int(pragma(connection, "user_version")),
        "application_id": int(pragma(connection, "application_id")),
    }
    unread = [name for name, digest in tables.items() if not digest]
    if unread or known or (not like and not lacks.covers_all(connection)):
        with file() as path:
            rows = known["rows"] if known else count_by_pages(connection, path)
            content["pages"] = {
                **sqlite_pages.digest(path),
                "rows": {name: rows[name] for name in unread},
            }
    return content


def count_by_pages(connection: sqlite3.Connection, path: Path) -> dict[str, int]:
    """Return the number of rows of every table and index. Raises Damaged for a file not whole."""
    query = "SELECT name, rootpage FROM sqlite_master WHERE rootpage > 0"
    return sqlite_pages.count_rows(path, {"": 1, **dict(connection.execute(query).fetchall())})


def count_rows(connection: sqlite3.Connection, folder: Path | None = None) -> dict[str, int]:
    """
    Return the number of rows of every stored table.

    Where SQLite cannot read one, a copy for it is made in the folder; without one it is left out.
    """
    counts, left = {}, []
    for name in table_names(connection):
        query = f"SELECT count(*) FROM {quote_name(name)}"  # noqa: S608 - quoted name
        try:
            (counts[name],) = connection.execute(query).fetchone()
        except sqlite3.OperationalError as error:
            if not lacks.is_lack(error):
                raise
            left.append(name)
    if left and folder:
        with opening.copied(connection, folder) as path:
            found = count_by_pages(connection, path)
        counts |= {name: found[name] for name in left}
    return counts


def differences(expected: Content, found: Content) -> list[str]:
    """Say in words where two contents differ."""
    said = [
        f"{key} is {found.get(key)}, expected {expected.get(key)}"
        for key in sorted(Content.__required_keys__ - {"tables", "foreign_key_violations"})
        if found.get(key) != expected.get(key)
    ]
    said += _more_violations(expected["foreign_key_violations"], found["foreign_key_violations"])
    if _pages(expected) != _pages(found):
        said.append(f"its pages are {_pages(found)}, expected {_pages(expected)}")
    for name in sorted(expected["tables"].keys() | found["tables"].keys()):
        wanted, seen = expected["tables"].get(name), found["tables"].get(name)
        if wanted is None or seen is None:
            said.append(f"table {name} is {'missing' if seen is None else 'unexpected'}")
        elif wanted["rows"] != seen["rows"]:
            said.append(f"table {name} has {seen['rows']} rows, expected {wanted['rows']}")
        elif wanted != seen:
            said.append(f"table {name} has other content in its {seen['rows']} rows")
    return said


def _more_violations(wanted: int | str, seen: int | str) -> list[str]:
    # where SQLite could not count, it says why, and each version in its own words
    same = wanted == seen or isinstance(wanted, str) or isinstance(seen, str)
    return [] if same else [f"foreign_key_violations is {seen}, expected {wanted}"]


def _pages(content: Content) -> str:
    pages = content.get("pages")
    return f"{pages['count']} of SHA-256 {pages['sha256']}" if pages else "not compared"
