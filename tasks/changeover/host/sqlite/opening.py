"""Opening a SQLite database without a trace, and copying one state of it."""

import contextlib
import secrets
import sqlite3
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

from ..app import child as app_child
from ..files import Failure
from . import lacks
from .files import companion

BUSY_SECONDS = 60.0
# a pipe in the place of a log would be waited for without end
OPEN_SECONDS = 90
COPY_PAGES = 4096


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
        lacks.read_schema(connection)
        yield connection


def pin_snapshot(connection: sqlite3.Connection) -> None:
    """Begin a read transaction: from here on the connection sees one state."""
    with app_child.limit(OPEN_SECONDS):
        connection.execute("BEGIN")
        lacks.read_schema(connection)


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


@contextlib.contextmanager
def copied(connection: sqlite3.Connection, folder: Path) -> Iterator[Path]:
    """Give what a connection sees as a file, which goes in the end."""
    path = folder / f".pages-{secrets.token_hex(8)}"
    try:
        copy_database(connection, path)
        yield path
    finally:
        path.unlink(missing_ok=True)
