"""What a probe wants to know of a database, in one short connection."""

from typing import Any

from . import postgres_content, postgres_server
from .postgres_fingerprint import fingerprint
from .postgres_session import Access, Trouble, session


def revisions(access: Access) -> dict[str, Any]:
    """Return whether the database is there and answers, and its migrations; raises nothing."""
    found: dict[str, Any] = {
        "database": access.database,
        "exists": None,
        "version": None,
        "size": None,
        "revisions": [],
        "fingerprint": None,
        "error": None,
    }
    try:
        with session(access, access.database) as connection:
            found["version"] = connection.value("SHOW server_version")
            found["exists"] = True
            found["size"] = postgres_server.size(connection, access.database)
            found["fingerprint"] = fingerprint(connection)
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
