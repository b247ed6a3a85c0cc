"""What a SQLite database holds: opening it without a trace, digests and checks.

The digest of a table is the SHA-256 of its rows in the order of their row ids
(or of the primary key of a table without row ids). A total order makes a plain
hash of the whole stream possible, which sees duplicates and exchanged rows and
does not rest on the algebra of sums of hashes. Of each row the row id and every
column are hashed, each value with its type and its exact bytes.
"""

import contextlib
import hashlib
import sqlite3
import struct
import urllib.parse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypedDict

from . import app_child
from .changeover_files import Failure
from .sqlite_files import companion

DIGEST_FORMAT = b"changeover table digest 1\n"
# Where Django notes the migrations that it applied.
DJANGO_TABLE = "django_migrations"
BUSY_SECONDS = 60.0
# a pipe in the place of a log would be waited for without end
OPEN_SECONDS = 90
BUFFER_BYTES = 65536
COPY_PAGES = 4096

_integer = struct.Struct(">cq").pack
_real = struct.Struct(">cd").pack
_length = struct.Struct(">cQ").pack


class TableDigest(TypedDict):
    """Row count and digest of one table."""

    rows: int
    sha256: str


class Content(TypedDict):
    """All that must be equal in a database and in its restored backup."""

    tables: dict[str, TableDigest]
    schema_sha256: str
    foreign_key_violations: int | str
    page_size: int
    encoding: str
    user_version: int
    application_id: int


def quote_name(name: str) -> str:
    """Quote an identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


def require_database(database: Path) -> None:
    """Refuse a path where there is no plain file."""
    if not database.is_file() or database.is_symlink():
        raise Failure("there is no such file: check the path")


@contextlib.contextmanager
def open_source(database: Path) -> Iterator[sqlite3.Connection]:
    """Open a live database so that nothing in it changes.

    The last connection to close a WAL database writes the log back, unless it
    is read-only; a read-only one leaves a log of its own behind where there was
    none. So: read-only where there is a log, else read-write (which also rolls
    back what a crashed application left) with writing forbidden. SQLite gives
    the files it makes the owner and the mode of the database.
    """
    require_database(database)
    mode = "ro" if companion(database, "-wal").exists() else "rw"
    uri = f"file:{urllib.parse.quote(str(database))}?mode={mode}"
    with app_child.limit(OPEN_SECONDS):
        opened = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS)
    with contextlib.closing(opened) as connection:
        connection.execute("PRAGMA query_only = ON")
        # The file belongs to an application: its schema must not run code as us.
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        yield connection


@contextlib.contextmanager
def open_copy(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database file of our own."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        yield connection


def pin_snapshot(connection: sqlite3.Connection) -> None:
    """Begin a read transaction: from here on the connection sees one state."""
    with app_child.limit(OPEN_SECONDS):
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def copy_database(source: sqlite3.Connection, path: Path) -> None:
    """Copy what a connection sees with SQLite's online backup."""
    with open_copy(path) as target:
        target.execute("PRAGMA journal_mode = OFF")
        target.execute("PRAGMA synchronous = OFF")
        # In steps with a callback, so that a signal is heard before the end.
        source.backup(target, pages=COPY_PAGES, progress=lambda *_: None)


def set_journal_mode(path: Path, mode: str) -> None:
    """Set the journal mode that a database file carries."""
    with open_copy(path) as connection:
        (now,) = connection.execute(f"PRAGMA journal_mode = {mode}").fetchone()
    if now != mode:
        raise Failure(f"the journal mode of {path} is {now} and could not be set to {mode}")


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


def _select_all(connection: sqlite3.Connection, table: str) -> sqlite3.Cursor:
    quoted = quote_name(table)
    # NOT INDEXED: the scan follows the table itself, in the order of its key.
    try:
        return connection.execute(
            f"SELECT _rowid_, * FROM {quoted} NOT INDEXED"  # noqa: S608 - quoted name
        )
    except sqlite3.OperationalError:  # a table without row ids
        return connection.execute(f"SELECT * FROM {quoted} NOT INDEXED")  # noqa: S608 - quoted


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


def digest_tables(connection: sqlite3.Connection) -> dict[str, TableDigest]:
    """Return row count and digest of every stored table."""
    names = table_names(connection)
    with _raw_text(connection):
        return {name: _digest_rows(_select_all(connection, name)) for name in names}


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
        if not str(error).startswith("foreign key mismatch"):
            raise
        return str(error)
    return int(count)


def read_content(connection: sqlite3.Connection) -> Content:
    """Read everything that is compared."""
    return {
        "tables": digest_tables(connection),
        "schema_sha256": digest_schema(connection),
        "foreign_key_violations": count_violations(connection),
        "page_size": int(pragma(connection, "page_size")),
        "encoding": str(pragma(connection, "encoding")),
        "user_version": int(pragma(connection, "user_version")),
        "application_id": int(pragma(connection, "application_id")),
    }


def require_integrity(connection: sqlite3.Connection) -> None:
    """Run SQLite's own check of the file."""
    found = [str(line) for (line,) in connection.execute("PRAGMA integrity_check(3)")]
    if found != ["ok"]:
        raise sqlite3.DatabaseError("malformed, by integrity_check: " + " / ".join(found))


def read_revisions(connection: sqlite3.Connection, table: str) -> list[str]:
    """
    Return the migrations that were applied, sorted; none when no table tells.

    Those are the rows of the revision table, and Django's as app.name.
    """
    names = table_names(connection)
    found: list[str] = []
    if table in names:
        rows = connection.execute(f"SELECT * FROM {quote_name(table)}")  # noqa: S608 - quoted name
        found += (" ".join(map(str, row)) for row in rows)
    if DJANGO_TABLE in names:
        rows = connection.execute(f"SELECT app, name FROM {DJANGO_TABLE}")  # noqa: S608 - constant
        found += (f"{app}.{name}" for app, name in rows)
    return sorted(found)


def count_rows(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the number of rows of every stored table."""
    counts = {}
    for name in table_names(connection):
        query = f"SELECT count(*) FROM {quote_name(name)}"  # noqa: S608 - quoted name
        (counts[name],) = connection.execute(query).fetchone()
    return counts


def differences(expected: Content, found: Content) -> list[str]:
    """Say in words where two contents differ."""
    said = [
        f"{key} is {found.get(key)}, expected {expected.get(key)}"
        for key in Content.__annotations__
        if key != "tables" and found.get(key) != expected.get(key)
    ]
    for name in sorted(expected["tables"].keys() | found["tables"].keys()):
        wanted, seen = expected["tables"].get(name), found["tables"].get(name)
        if wanted is None or seen is None:
            said.append(f"table {name} is {'missing' if seen is None else 'unexpected'}")
        elif wanted["rows"] != seen["rows"]:
            said.append(f"table {name} has {seen['rows']} rows, expected {wanted['rows']}")
        elif wanted != seen:
            said.append(f"table {name} has other content in its {seen['rows']} rows")
    return said
