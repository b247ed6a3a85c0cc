"""What restoring a backup would lose: the rows that are new or other than in the backup."""

import subprocess
from pathlib import Path
from typing import Any

from ..output.tail import Heard
from ..revisions.table import asked
from . import archive, content, server
from .access import Access, start
from .content import Table, row_of
from .session import Session, Trouble, found_as_by, path_of, session

# Two databases of one server cannot see each other, so today's rows come as digests.
_INTO = "changeover_losses"
_COMPARE = f"""
WITH today AS (SELECT place, key, count(*) AS rows, min(other) AS other
        FROM {_INTO}.today GROUP BY place, key),
    backup AS (SELECT place, key, count(*) AS rows, min(other) AS other
        FROM (%s) AS one (place, key, other) GROUP BY place, key)
SELECT place,
    sum(greatest(coalesce(today.rows, 0) - coalesce(backup.rows, 0), 0)) AS added,
    count(*) FILTER (WHERE today.other <> backup.other) AS changed,
    sum(greatest(coalesce(backup.rows, 0) - coalesce(today.rows, 0), 0)) AS removed
FROM today FULL JOIN backup USING (place, key) GROUP BY place
"""  # noqa: S608 - constants


def losses(access: Access, manifest_path: Path) -> dict[str, Any]:
    """
    Compare a database with a backup of it, row by row, and change neither.

    Rows are the same by their primary key, else by all that they hold. Columns that only one of
    both has say nothing: a migration since the backup made them.
    """
    manifest = archive.load_manifest(manifest_path)
    with (
        server.administration(access) as admin,
        archive.verified(access, admin, manifest, manifest_path.parent) as scratch,
        session(access, scratch) as backup,
    ):
        with session(access, access.database) as live:
            now, path = _tables(live), path_of(access, live)
        then = _tables(backup)
        names = sorted(now.keys() | then.keys())
        backup.run(f"CREATE SCHEMA {_INTO}")
        backup.run(f"CREATE UNLOGGED TABLE {_INTO}.today (place int, key text, other text)")
        _bring(access, scratch, _select(names, now, then), path)
        with backup.found_as_by(path):
            compared = backup.rows(_COMPARE % _select(names, then, now))
    found = {names[row.pop("place")]: row for row in compared}
    return {
        "manifest": str(manifest_path),
        "rows": sum(one["added"] + one["changed"] for one in found.values()),
        "tables": {name: one for name, one in sorted(found.items()) if any(one.values())},
    }


def _tables(connection: Session) -> dict[str, Table]:
    notes = {table.name for table in asked()}
    return {
        table["name"]: table
        for table in content.tables(connection)
        if table["name"].rpartition(".")[2] not in notes
    }


def _select(names: list[str], tables: dict[str, Table], others: dict[str, Table]) -> str:
    """Return one query, so of one moment, for each row its table's place and two digests."""
    selects = ["SELECT 0, '', '' WHERE false"]
    for place, name in enumerate(names):
        if name in tables:
            table, other = tables[name], others.get(name, tables[name])
            columns = [column for column in table["columns"] if column in other["columns"]]
            key = table["key"] if table["key"] == other["key"] else []
            rest = [column for column in columns if column not in key] if key else []
            selects.append(
                f"SELECT {place}, md5({row_of(key or columns)}::text),"  # noqa: S608 - quoted names
                f" md5({row_of(rest)}::text) FROM {table['source']} AS t"
            )
    return " UNION ALL ".join(selects)


def _bring(access: Access, scratch: str, query: str, path: list[str]) -> None:
    """Copy the digests of today's rows into the scratch database."""
    pipe = subprocess.PIPE
    psql = [access.place.client("psql"), "-Xqw", "-v", "ON_ERROR_STOP=1"]
    into = [*psql, "-c", f"COPY {_INTO}.today FROM STDIN"]
    with (
        start(
            access, psql, access.database, access.inside, stdin=pipe, stdout=pipe, stderr=pipe
        ) as source,
        start(access, into, scratch, access.inside, stdin=source.stdout, stderr=pipe) as target,
    ):
        assert source.stdin
        assert source.stdout
        told, said = Heard(source.stderr), Heard(target.stderr)
        source.stdout.close()
        source.stdin.write(f"{found_as_by(path)};\nCOPY ({query}) TO STDOUT;\n".encode())
        source.stdin.close()
        words = told.text() or said.text()
    if words or source.returncode or target.returncode:
        raise Trouble(words or "psql ended early")
