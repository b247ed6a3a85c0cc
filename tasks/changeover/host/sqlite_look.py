"""What is told of a database without changing anything, seen as the app's user."""

import sqlite3
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from . import sqlite_content, sqlite_files, sqlite_open
from .changeover_files import Failure
from .sqlite_place import Place, located


def fingerprint(place: Place, _table: str) -> dict[str, Any]:
    """Tell the state of a database's files."""
    return {"fingerprint": sqlite_files.fingerprint(located(place))}


def digest(place: Place, _table: str) -> dict[str, Any]:
    """Tell the digests of a database's content."""
    with (
        tempfile.TemporaryDirectory() as folder,
        sqlite_open.open_source(located(place)) as connection,
    ):
        sqlite_open.pin_snapshot(connection)
        aside = partial(sqlite_open.copied, connection, Path(folder))
        return {**sqlite_content.read_content(connection, aside)}


def revisions(place: Place, table: str) -> dict[str, Any]:
    """Tell which migrations a database has; the answer has one shape, whatever is wrong."""
    found: dict[str, Any] = {
        "exists": True,
        "version": sqlite3.sqlite_version,
        "size": None,
        "revisions": [],
        "fingerprint": None,
        "error": None,
    }
    try:
        path = located(place)
        found["fingerprint"] = sqlite_files.fingerprint(path)
        state = sqlite_files.file_state(path)
        found |= {"exists": state is not None, "size": state["size"] if state else None}
        if state:
            with sqlite_open.open_source(path) as connection:
                sqlite_open.pin_snapshot(connection)
                found["revisions"] = sqlite_content.read_revisions(connection, table)
    except (Failure, sqlite3.Error, OSError) as error:
        found["error"] = str(error)
    return found


def inspect(place: Place, table: str) -> dict[str, Any]:
    """Tell what a database is."""
    path = located(place)
    state = sqlite_files.file_state(path)
    if state is None:
        return {"exists": False}
    with sqlite_open.open_source(path) as connection:
        sqlite_open.pin_snapshot(connection)
        return {
            "exists": True,
            "size": state["size"],
            "journal_mode": sqlite_content.pragma(connection, "journal_mode"),
            "revisions": sqlite_content.read_revisions(connection, table),
            "rows": sqlite_content.count_rows(connection),
        }
