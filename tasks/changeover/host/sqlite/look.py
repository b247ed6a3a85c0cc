"""What is told of a database without changing anything, seen as the app's user."""

import sqlite3
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from ..files import Failure
from ..revisions.table import asked, names, read_sqlite, told
from . import content, files, opening
from .place import Place, located


def fingerprint(place: Place) -> dict[str, Any]:
    """Tell the state of a database's files."""
    return {"fingerprint": files.fingerprint(located(place))}


def digest(place: Place) -> dict[str, Any]:
    """Tell the digests of a database's content."""
    with (
        tempfile.TemporaryDirectory() as folder,
        opening.open_source(located(place)) as connection,
    ):
        opening.pin_snapshot(connection)
        aside = partial(opening.copied, connection, Path(folder))
        return {**content.read_content(connection, aside)}


def revisions(place: Place) -> dict[str, Any]:
    """Tell which migrations a database has; the answer has one shape, whatever is wrong."""
    found: dict[str, Any] = {
        "exists": True,
        "version": sqlite3.sqlite_version,
        "size": None,
        "revisions": [],
        "noted": [],
        "fingerprint": None,
        "error": None,
    }
    try:
        path = located(place)
        found["fingerprint"] = files.fingerprint(path)
        state = files.file_state(path)
        found |= {"exists": state is not None, "size": state["size"] if state else None}
        if state:
            with opening.open_source(path) as connection:
                opening.pin_snapshot(connection)
                found |= told(read_sqlite(connection, asked()))
    except (Failure, sqlite3.Error, OSError) as error:
        found["error"] = str(error)
    return found


def inspect(place: Place) -> dict[str, Any]:
    """Tell what a database is."""
    path = located(place)
    state = files.file_state(path)
    if state is None:
        return {"exists": False}
    with opening.open_source(path) as connection:
        opening.pin_snapshot(connection)
        return {
            "exists": True,
            "size": state["size"],
            "journal_mode": content.pragma(connection, "journal_mode"),
            "revisions": names(read_sqlite(connection, asked())),
            "rows": content.count_rows(connection),
        }
