"""What a probe wants to know of a database, in one short connection."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from ..files import Failure
from ..revisions.postgres import read_postgres
from ..revisions.table import asked, told
from . import obstacles, server, swap
from .access import Access
from .fingerprint import fingerprint
from .session import Session, above, literal, path_of, session

_CONNECTIONS = """
SELECT pid, usename AS role, application_name AS program,
    coalesce(client_addr::text, 'by its socket') AS origin
FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'"""


_END_IDLE = """
SELECT pid, pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
WHERE backend_type = 'client backend' AND state = 'idle' AND datname = {database}
AND pg_has_role(usesysid, 'MEMBER') AND pid <> pg_backend_pid()"""
# A probe waits for it.
_PATIENCE = {"lock_timeout": "5s", "statement_timeout": "12s"}


def revisions(access: Access) -> dict[str, Any]:
    """Return whether the database is there and answers, and its migrations; raises nothing."""
    found: dict[str, Any] = {
        "database": access.database,
        "exists": None,
        "version": None,
        "size": None,
        "revisions": [],
        "noted": [],
        "fingerprint": None,
        "foreign": None,
        "kept": [],
        "error": None,
    }
    try:
        with (
            session(access, access.database, _PATIENCE) as connection,
            _beside(access, connection) as admin,
        ):
            found["version"] = connection.value("SHOW server_version")
            found["exists"] = True
            found["size"] = server.size(connection, access.database)
            found["fingerprint"] = fingerprint(connection, admin)
            found["kept"] = swap.kept(admin, access.database, access.role)
            path = path_of(access, connection)
            said = obstacles.obstacles(access, connection, path)
            found["foreign"] = "\n".join(said) or None
            found |= told(
                read_postgres(connection, path, access.role, access.history_schema, asked())
            )
    except Failure as error:
        found["error"] = str(error)
    if found["exists"] is None:
        found["exists"] = _exists(access)
    return found


@contextlib.contextmanager
def _beside(access: Access, connection: Session) -> Iterator[Session]:
    """Give a superuser's connection, or the one that is there already."""
    if not access.superuser:
        yield connection
        return
    with above(access, server.maintenance(access), _PATIENCE) as admin:
        yield admin


def _exists(access: Access) -> bool | None:
    """Return whether a database that does not answer is there, None if nobody says."""
    try:
        with above(access, server.maintenance(access), _PATIENCE) as connection:
            return server.exists(connection, access.database)
    except Failure:
        return None


def connections(access: Access) -> list[str]:
    """
    Return who is connected to the database, in words.

    A pooler keeps connections for nobody: those of the app's role that are idle are ended first.
    Whoever still works through it comes back.
    """
    with above(access, server.maintenance(access)) as admin:
        if access.pooled:
            _end_idle(admin, access.database)
        rows = admin.rows(f"{_CONNECTIONS} AND datname = {literal(access.database)}")
    return [f"{row['role']} {row['origin']} ({row['program']}, {row['pid']})" for row in rows]


def _end_idle(admin: Session, database: str) -> None:
    """End idle connections, and wait until they are gone: one that still ends is nobody's."""
    ended = [row["pid"] for row in admin.rows(_END_IDLE.format(database=literal(database)))]
    if not ended:
        return
    left = f"{_CONNECTIONS} AND pid IN ({', '.join(map(str, ended))})"
    deadline = time.monotonic() + server.GONE_SECONDS
    while admin.rows(left) and time.monotonic() < deadline:
        time.sleep(0.02)
