"""Putting one database in the place of another in one transaction, and what is kept of it."""

import hashlib
import json
import re
from datetime import datetime
from typing import Any

from .. import json_text
from ..files import Failure
from . import server
from .server import Database
from .session import Session, Trouble, literal, name

NAME_BYTES = 63
IN_USE = "55006"
TRIES = 3
# PostgreSQL keeps the value of these as a list of quoted names.
_LISTS = ("search_path", "temp_tablespaces", "session_preload_libraries", "local_preload_libraries")
_LIST_ITEM = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^",]+?))\s*(?:,|$)')
# Every role may write such words on a database of its own: what was set aside has the owner that
# the database has, or the app's role.
_KEPT = """
SELECT d.datname AS name, left(shobj_description(d.oid, 'pg_database'), 100000) AS comment,
    d.oid::text AS oid
FROM pg_catalog.pg_database d
WHERE shobj_description(d.oid, 'pg_database') LIKE '{"changeover": "kept"%'
AND (pg_get_userbyid(d.datdba) = ROLE OR EXISTS (SELECT FROM pg_catalog.pg_database o
    WHERE o.datname = DATABASE AND o.datdba = d.datdba))
"""


def kept_name(admin: Session, database: str, suffix: str) -> str:
    """Return a free name for a database that is set aside, short enough for PostgreSQL."""
    number = 1
    while True:
        end = f".{suffix}" + (f"-{number}" if number > 1 else "")
        wanted = database + end
        if len(wanted.encode()) > NAME_BYTES:
            digest = hashlib.sha256(database.encode()).hexdigest()[:8]
            room = NAME_BYTES - len(f"~{digest}{end}".encode())
            if room < 1:
                raise Failure(f"{suffix!r} is too long for a suffix: shorten it")
            wanted = database.encode()[:room].decode(errors="ignore") + f"~{digest}{end}"
        if not server.exists(admin, wanted):
            return wanted
        number += 1


def kept(admin: Session, database: str, role: str) -> list[dict[str, Any]]:
    """Return the databases that were set aside for this one, the oldest first."""
    found = []
    query = _KEPT.replace("ROLE", literal(role)).replace("DATABASE", literal(database))
    for row in admin.rows(query):
        try:
            note = json_text.read(row["comment"])
            datetime.fromisoformat(note["when"]).timestamp()
        except (ValueError, KeyError, TypeError, OverflowError):
            continue  # not our words: somebody changed them
        # its owner, the app's role, may write a comment too: the one that serves is never kept
        if note.get("database") == database and note.get("name") == row["name"] != database:
            size = int(admin.value(f"SELECT pg_database_size({row['oid']}::oid)"))
            found.append({"name": row["name"], "when": note["when"], "size": size})
    return sorted(found, key=lambda one: (str(one["when"]), one["name"]))


def set_aside(database: str, aside: str, when: str, comment: str | None) -> list[str]:
    """Return what renames a database; nobody can write to it by its old URL or by mistake."""
    note = {"changeover": "kept", "database": database, "name": aside, "when": when}
    return [
        f"ALTER DATABASE {name(database)} RENAME TO {name(aside)}",
        f"ALTER DATABASE {name(aside)} ALLOW_CONNECTIONS false",
        f"COMMENT ON DATABASE {name(aside)} IS {literal(json.dumps(note | {'comment': comment}))}",
    ]


def take_place(scratch: str, database: str, like: Database) -> list[str]:
    """Return what makes a restored database the one that serves, with all that the old one had."""
    quoted = name(database)
    comment = "NULL" if like["comment"] is None else literal(like["comment"])
    return [
        f"ALTER DATABASE {name(scratch)} RENAME TO {quoted}",
        f"ALTER DATABASE {quoted} OWNER TO {name(like['owner'])}",
        f"ALTER DATABASE {quoted} CONNECTION LIMIT {like['connection_limit']}",
        f"COMMENT ON DATABASE {quoted} IS {comment}",
        *dress(database, like),
        f"ALTER DATABASE {quoted} ALLOW_CONNECTIONS true",
    ]


def dress(database: str, like: Database) -> list[str]:
    """Return what gives a database the privileges and the settings of another one."""
    return [*_grants(name(database), like), *_settings(name(database), like)]


def _grants(quoted: str, like: Database) -> list[str]:
    if like["grants"] is None:  # PostgreSQL's defaults, which the new one was made without
        return [f"GRANT CONNECT, TEMPORARY ON DATABASE {quoted} TO PUBLIC"]
    revoked = [
        f"REVOKE ALL ON DATABASE {quoted} FROM {role}" for role in ("PUBLIC", name(like["owner"]))
    ]
    return revoked + [
        f"GRANT {grant['right']} ON DATABASE {quoted}"
        f" TO {name(grant['to']) if grant['to'] else 'PUBLIC'}"
        + (" WITH GRANT OPTION" if grant["grantable"] else "")
        for grant in like["grants"]
    ]


def _settings(quoted: str, like: Database) -> list[str]:
    statements = []
    for one in like["settings"]:
        whose = f"ALTER ROLE {name(one['role'])} IN DATABASE" if one["role"] else "ALTER DATABASE"
        for kept in one["values"]:
            key, _, value = kept.partition("=")
            statements.append(f"{whose} {quoted} SET {setting(key, value)}")
    return statements


def setting(key: str, value: str) -> str:
    """Return a setting as SET takes it: of a list each item on its own."""
    dotted = ".".join(name(part) for part in key.split("."))
    if key.lower() not in _LISTS:
        return f"{dotted} TO {literal(value)}"
    items = _LIST_ITEM.findall(value)
    listed = ", ".join(literal(a.replace('""', '"') or b) for a, b in items) or "''"
    return f"{dotted} TO {listed}"


def commit(admin: Session, database: str, statements: list[str]) -> None:
    """Run statements as one transaction, alone with the database; the end is all or nothing."""
    for left in reversed(range(TRIES)):
        try:
            for statement in ["BEGIN", *statements, "COMMIT"]:
                admin.run(statement)
        except Trouble as error:
            admin.run("ROLLBACK")
            if error.code != IN_USE or not left:
                raise
            # somebody was on the way in when the door was closed
            server.close_connections(admin, database)
        else:
            return
