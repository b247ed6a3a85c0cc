"""
What this host's SQLite cannot do with a healthy database of an app, told apart from damage.

An app may have a newer SQLite, whose syntax or functions a schema then uses, or functions and
collations of its own. What SQLite cannot compile it says before it reads a page: that is a lack.
"""

import re
import sqlite3
from typing import NamedTuple

from .pages import Damaged

_BEGIN = "SELECT count(*) FROM sqlite_master"
_UNREAD_SCHEMA = re.compile(r"malformed database schema \((.*?)\) - (.*)", re.DOTALL)
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0"
# what has pages and is not known by its name
_UNKNOWN = """SELECT name FROM sqlite_master AS m WHERE rootpage > 0 AND CASE type
WHEN 'index' THEN NOT EXISTS (SELECT 1 FROM pragma_index_info(m.name))
ELSE NOT EXISTS (SELECT 1 FROM pragma_table_xinfo(m.name)) END"""
# a row that its table's own rules forbid is whole all the same; a copy has it too
_RULES = re.compile(r"(CHECK constraint failed in|(NULL|NUMERIC|TEXT|non-\w+) value in) ")
_SAID = 3


class Lacks(NamedTuple):
    """What is not checked of a database."""

    said: list[str]
    """In words; empty where all is."""
    whole: bool
    """Whether SQLite all the same checks each page."""


def is_lack(error: sqlite3.Error) -> bool:
    """Tell whether SQLite could not compile a statement, and not: could not read the file."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_ERROR


def read_schema(connection: sqlite3.Connection) -> str:
    """
    Have a connection pass over what it cannot parse of a schema; return the first such, "" if none.

    What is in no page that can be read is still an error.
    """
    connection.execute("PRAGMA writable_schema = RESET")  # it may be passing over some already
    try:
        connection.execute(_BEGIN).fetchone()
    except sqlite3.DatabaseError as error:
        unread = _UNREAD_SCHEMA.fullmatch(str(error))
        if not unread:
            raise
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(_BEGIN).fetchone()
        return f"{unread[1]}: {unread[2]}"
    return ""


def require_integrity(connection: sqlite3.Connection) -> Lacks:
    """
    Have SQLite check a file of ours; return what it could not check.

    Raises Damaged for what it finds. Where it could not check each page, that is left to do.
    """
    said, whole = _uncompiled(connection, read_schema(connection))
    if whole:
        more, whole = _run(connection, "")
        said += more
    if not whole:
        for (name,) in connection.execute(_TABLES).fetchall():
            said += _run(connection, name)[0]
    return Lacks(list(dict.fromkeys(said)), whole)


def is_rule(line: str) -> bool:
    """Tell whether a line of integrity_check is about a row that its table's rules forbid."""
    return _RULES.match(line) is not None


def covers_all(connection: sqlite3.Connection) -> bool:
    """Tell whether SQLite's own check would check each page of a database."""
    return _uncompiled(connection, read_schema(connection))[1]


def _uncompiled(connection: sqlite3.Connection, unread: str) -> tuple[list[str], bool]:
    """Return why not all can be checked, and whether each page can; sets what is passed over."""
    said = [unread] if unread else []
    for checks in ("OFF", "ON"):
        connection.execute(f"PRAGMA ignore_check_constraints = {checks}")
        try:
            connection.execute("EXPLAIN PRAGMA integrity_check").fetchall()
        except sqlite3.OperationalError as error:
            if not is_lack(error):
                raise
            said.append(str(error))
        else:
            return said, not connection.execute(_UNKNOWN).fetchall()
    return list(dict.fromkeys(said)), False


def _run(connection: sqlite3.Connection, table: str) -> tuple[list[str], bool]:
    """Run SQLite's check, of all or of a table; return what to say of it, and whether it ended."""
    quoted = "'" + table.replace("'", "''") + "'"
    pragma = f"PRAGMA integrity_check({quoted})" if table else "PRAGMA integrity_check"
    try:
        found = [str(line) for (line,) in connection.execute(pragma) if line != "ok"]
    except sqlite3.OperationalError as error:  # of a function that fails for a row, say
        if not is_lack(error):
            raise
        return [str(error)], False
    broken = [line for line in found if not is_rule(line)]
    if broken:
        raise Damaged("by SQLite's integrity_check: " + " / ".join(broken[:_SAID]))
    return list(dict.fromkeys(found))[:_SAID], True
