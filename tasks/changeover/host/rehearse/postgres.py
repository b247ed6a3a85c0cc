"""A scratch copy of a PostgreSQL database, on its own server, restored from an artefact of it."""

# ruff: noqa: S608 - names are quoted, all else is a constant

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..beside import program
from ..postgres import archive as postgres_archive
from ..postgres import content as postgres_content
from ..postgres import restore as postgres_restore
from ..postgres import role as postgres_role
from ..postgres import server as postgres_server
from ..postgres import swap as postgres_swap
from ..postgres.access import Access, access_to
from ..postgres.address import in_place, parse, with_database
from ..postgres.session import Session, above, literal, session
from ..revisions.postgres import read_postgres
from ..revisions.table import asked, names
from .locks import OURS, Locks
from .look import Column, Look, Table

_QUIET_SECONDS = 5
_TABLES = """
SELECT format('%I.%I', s.nspname, c.relname) AS name, c.oid::text AS oid,
    coalesce(pg_relation_filenode(c.oid)::text, '') AS storage,
    coalesce(pg_stat_get_tuples_deleted(c.oid), 0) AS deleted,
    coalesce(pg_stat_get_tuples_updated(c.oid), 0) AS changed,
    (SELECT coalesce(jsonb_object_agg(attname, jsonb_build_array(
            format_type(atttypid, atttypmod), attnotnull,
            atthasdef OR attidentity <> '' OR attgenerated <> '')), '{}')
        FROM pg_catalog.pg_attribute
        WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p')"""


class PostgresCopy:
    """The copy, which is the app's role's."""

    says_locks = ""

    def __init__(
        self, access: Access, name: str, url: str, connection: Session, path: list[str]
    ) -> None:
        """Take the database's name, the app's URL of it, a connection, and the app's path there."""
        self._access, self.name, self.url, self._connection = access, name, url, connection
        self._path = path
        self._locks = Locks(access, name, connection)

    def look(self, *, ended: bool = False) -> Look:
        """
        Return what is there, once whoever migrates is quiet, or gone if it has ``ended``.

        The server counts rows when a session ends, and before that at most once a second.
        """
        self._wait("true" if ended else "state <> 'idle'")
        sources = {
            table["name"]: table["source"]
            for table in postgres_content.tables(self._connection)
            if not table["name"].startswith(f"{OURS}.")
        }
        rows = [row for row in self._connection.rows(_TABLES) if row["name"] in sources]
        self._locks.tables = {row["oid"]: _short(row["name"]) for row in rows}
        with self._connection.found_as_by(self._path):
            counts = self._counts({row["name"]: sources[row["name"]] for row in rows})
        return {
            _short(row["name"]): Table(
                counts[row["name"]],
                {name: Column(*told) for name, told in row["columns"].items()},
                row["storage"],
                row["oid"],
                int(row["deleted"]),
                int(row["changed"]),
            )
            for row in rows
        }

    def _counts(self, sources: dict[str, str]) -> dict[str, int]:
        queries = [
            f"SELECT {literal(name)} AS name, count(*) AS rows FROM {source}"
            for name, source in sources.items()
        ]
        found = self._connection.rows(" UNION ALL ".join(queries)) if queries else []
        return {row["name"]: int(row["rows"]) for row in found}

    def _wait(self, who: str) -> None:
        others = (
            "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datname = current_database()"
            f" AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND {who}"
        )
        deadline = time.monotonic() + _QUIET_SECONDS
        while self._connection.value(others) != "0" and time.monotonic() < deadline:
            time.sleep(0.02)

    def revisions(self) -> list[str]:
        """Return what it says of itself."""
        access = self._access
        found = read_postgres(
            self._connection, self._path, access.role, access.history_schema, asked()
        )
        return names(found)

    def unexpected(self, asked: Mapping[str, Any], environment: Path) -> str:
        """Return what is not as expected, as the program says that asks as the app."""
        reach = [
            "--kind",
            "postgres",
            "--environment",
            str(environment),
            "--key",
            asked["key"],
            "--user",
            asked["app"],
        ]
        wanted = json.dumps({"expectations": asked["expectations"], "commands": []})
        command = [str(program("expect")), "data", *reach]
        done = subprocess.run(
            command, input=wanted, text=True, errors="replace", capture_output=True, check=False
        )
        return (done.stderr.strip() or f"status {done.returncode}") if done.returncode else ""

    def sample(self) -> None:
        """Note the locks that are held at this moment."""
        self._locks.sample()

    def locks(self) -> dict[str, str]:
        """Return the strongest lock of each table that was there before, since asked last."""
        return self._locks.strongest()


def _short(name: str) -> str:
    return name.removeprefix("public.")


class PostgresOriginal:
    """The app's database on its server."""

    def __init__(self, url: str, app: str, how: Mapping[str, Any]) -> None:
        """Take its URL, whose it is, and who works with it."""
        self._access = access_to(parse(url, "the URL of the database"), **how)
        self._url, self._app = url, app

    def is_empty(self) -> bool:
        """Tell whether the database is missing, or has no table at all."""
        access = self._access
        with above(access, postgres_server.maintenance(access)) as admin:
            if not postgres_server.exists(admin, access.database):
                return True
        with session(access, access.database) as connection:
            return len(postgres_content.tables(connection)) <= 1  # large objects count as one

    def copied(self, work: Path) -> contextlib.AbstractContextManager[PostgresCopy]:
        """Back it up and give a copy, on the same server."""
        return copied(self._access, self._url, work, self._app)

    def turned(self, url: str, copy: str) -> str:
        """Return it with the copy's server, account and database: a pooler need not know these."""
        return in_place(url, copy)

    def clear(self) -> None:
        """Drop the scratch database."""
        postgres_restore.drop_scratch(self._access)


@contextlib.contextmanager
def copied(way: Access, url: str, work: Path, app: str) -> Iterator[PostgresCopy]:
    """Back a live database up and give the one into which the artefact was restored, compared."""
    artefact = work / "artefact.postgres.zst"
    request = postgres_archive.Request(way, work, "rehearsal", app, "none", "none")
    with (
        postgres_server.administration(way) as admin,
        postgres_archive.taken(request, admin, work, artefact) as (manifest, scratch),
    ):
        artefact.unlink()
        for statement in postgres_swap.dress(scratch, manifest["properties"]):
            admin.run(statement)
        try:
            with session(way, scratch) as connection:
                path = manifest["search_path"]
                postgres_content.analyze(connection, path)
                yield PostgresCopy(way, scratch, with_database(url, scratch), connection, path)
        finally:
            # a role is the whole server's, so what migrations do to it is not done to a copy
            if way.superuser and postgres_role.put_back(admin, way.role, manifest["role"]):
                sys.stderr.write(f"the migrations changed the role {way.role}: it was put back\n")
