"""What a probe wants to know of a database, in one short connection."""

from typing import Any

from . import postgres_content, postgres_server, postgres_swap
from .postgres_fingerprint import fingerprint
from .postgres_session import Access, Trouble, literal, session

_CONNECTIONS = """
SELECT pid, usename AS role, application_name AS program,
    coalesce(client_addr::text, 'by its socket') AS origin
FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'"""


def revisions(access: Access) -> dict[str, Any]:
    """Return whether the database is there and answers, and its migrations; raises nothing."""
    found: dict[str, Any] = {
        "database": access.database,
        "exists": None,
        "version": None,
        "size": None,
        "revisions": [],
        "fingerprint": None,
        "kept": [],
        "error": None,
    }
    try:
        with session(access, access.database) as connection:
            found["version"] = connection.value("SHOW server_version")
            found["exists"] = True
            found["size"] = postgres_server.size(connection, access.database)
            found["fingerprint"] = fingerprint(connection)
            found["kept"] = postgres_swap.kept(connection, access.database)
            found["revisions"] = postgres_content.read_revisions(connection)
    except Trouble as error:
        found["error"] = str(error)
    if found["exists"] is None:
        found["exists"] = _exists(access)
    return found


def _exists(access: Access) -> bool | None:
    """Return whether a database that does not answer is there, None if nobody says."""
    try:
        with session(access, postgres_server.maintenance(access)) as connection:
            return postgres_server.exists(connection, access.database)
    except Trouble:
        return None


def connections(access: Access) -> list[str]:
    """Return who is connected to the database, in words."""
    with session(access, postgres_server.maintenance(access)) as admin:
        rows = admin.rows(f"{_CONNECTIONS} AND datname = {literal(access.database)}")
    return [f"{row['role']} {row['origin']} ({row['program']}, {row['pid']})" for row in rows]
