"""
Have an app's own SQLite check a copy of its data; one line of JSON says what it finds.

It is run by the Python of the app, whatever its version, behind walls and as the app's user:
``python -I own.py FILE``. Nothing of Changeover is imported here.
"""

import contextlib
import importlib
import json
import sys
from typing import Any

_NEVER_WRITTEN = "file:{}?mode=ro&immutable=1"


def _newest() -> Any:
    """Return the newest SQLite that the app has, as a module."""
    found = [importlib.import_module("sqlite3")]
    with contextlib.suppress(ImportError):
        found.append(importlib.import_module("pysqlite3"))
    return max(found, key=lambda one: tuple(map(int, one.sqlite_version.split("."))))


def _equip(connection: Any) -> None:
    """Add the functions that Django gives each of its connections."""
    # whatever goes wrong there, the app has no such functions then
    with contextlib.suppress(Exception):
        importlib.import_module("django.db.backends.sqlite3._functions").register(connection)


def main() -> None:
    """Check the file."""
    library = _newest()
    answer = {"sqlite": library.sqlite_version, "found": [], "error": None}
    try:
        connection = library.connect(_NEVER_WRITTEN.format(sys.argv[1]), uri=True)
        _equip(connection)
        rows = connection.execute("PRAGMA integrity_check").fetchall()
        answer["found"] = [str(line) for (line,) in rows if line != "ok"]
    except library.Error as error:
        answer["error"] = str(error)
    sys.stdout.write("\n" + json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
