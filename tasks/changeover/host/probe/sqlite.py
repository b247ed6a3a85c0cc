"""A database of SQLite's and what lies beside it, seen as the app's user alone."""

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..revisions import table
from .files import is_file

_MOST = 1000


def look(database: str, tables: str) -> dict[str, Any] | None:
    """Tell what it is; None where there is nothing."""
    found: dict[str, Any] = {"path": database, "fingerprint": None, "error": None}
    try:
        for suffix in ("", "-wal", "-shm", "-journal"):
            _require_file(database + suffix)
        if not os.path.lexists(database):
            return None
        said = table.told(_rows(database, table.loaded(tables)))
        found |= {"revision": said["revisions"], "noted": said["noted"]}
    except (sqlite3.Error, OSError) as error:
        return found | {"error": str(error)}
    names = {"database": "", "wal": "-wal", "journal": "-journal"}
    files = {name: _stat(database + suffix, suffix) for name, suffix in names.items()}
    kilobytes = sum(file["size"] for file in files.values() if file) // 1024
    return found | {"fingerprint": files, "kilobytes": kilobytes}


def aside(database: str) -> list[tuple[float, int, str]]:
    """Tell what an undo or a restore set aside, since when: a rename sets the ctime alone."""
    found = []
    name = Path(database).name
    try:
        for entry in os.scandir(Path(database).parent):
            ours = entry.name.startswith((f"{name}.undone-", f"{name}.replaced-"))
            if ours and entry.name.isprintable() and entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                found.append((status.st_ctime, status.st_blocks // 2, entry.path))
    except OSError:
        pass
    return found[:_MOST]


def _require_file(path: str) -> None:
    if os.path.lexists(path) and not is_file(path):
        real = os.path.realpath(path)
        led = f" and leads to {real}, which is not the app's" if real != path else ""
        raise OSError(f"{path} is no file{led}: look at it, and put the file itself there")


def _stat(path: str, suffix: str) -> dict[str, int] | None:
    try:
        found = Path(path).stat()
    except FileNotFoundError:
        return None
    if suffix and not found.st_size:
        return None  # an empty log says nothing, as sqlite_backup's fingerprint knows too
    return {
        "inode": found.st_ino,
        "size": found.st_size,
        "mtime_ns": found.st_mtime_ns,
        # the kernel's: the app can set the others
        "ctime_ns": found.st_ctime_ns,
    }


def _rows(path: str, tables: Sequence[table.Table]) -> list[table.Row]:
    with Path(path).open("rb") as file:
        header = file.read(20)
    if not header:
        return []
    clean_wal = header[18:19] == b"\2" and not os.path.lexists(path + "-wal")
    how = "immutable=1" if clean_wal else "mode=ro"
    quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    connection = sqlite3.connect(f"file:{quoted}?{how}", uri=True, timeout=2)
    # what this SQLite cannot parse, a view in newer syntax say, is passed over; what it cannot
    # read, is not
    connection.execute("pragma writable_schema = on")
    return table.read_sqlite(connection, tables)
