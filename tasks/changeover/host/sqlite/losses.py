"""What restoring a backup would lose: the rows that are new or other than in the backup."""

import hashlib
import sqlite3
import urllib.parse
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, TypedDict

from ..app.leaf import Leaf
from ..backup import files as backup_files
from ..revisions.table import asked
from . import archive, lacks, opening, pages
from . import place as sqlite_place
from .content import quote_name
from .place import Place


class Losses(TypedDict):
    """What a restore does to the rows of one table."""

    added: int
    """Rows that the backup does not have: they go."""
    changed: int
    """Rows that are other in the backup: what they say now goes."""
    removed: int
    """Rows that were deleted since the backup: they come back."""


def losses(manifest_path: Path, place: Place) -> dict[str, Any]:
    """
    Compare a database with a backup of it, row by row, and change neither.

    Rows are the same by their primary key, else by their row id. Columns that only one of both
    has say nothing: a migration since the backup made them. In a table that this host's SQLite
    cannot read, rows are the same by their row id, and count as changed where a migration wrote
    them anew.
    """
    manifest = archive.load_manifest(manifest_path)
    folder = manifest_path.parent
    with (
        backup_files.locked(folder),
        backup_files.work_folder(folder / ".sqlite_backup") as work,
    ):
        leaf = Leaf(work / "leaf", place.user)
        backup_files.require_space(folder, manifest["artefact"]["uncompressed_size"])
        archive.restore_to_scratch(manifest, folder, leaf, "scratch")
        act = partial(_compared, place, leaf.seen / "scratch")
        found: dict[str, Losses] = leaf.run(act, largest=archive.room(work))
    return {
        "manifest": str(manifest_path),
        "rows": sum(one["added"] + one["changed"] for one in found.values()),
        "tables": {name: one for name, one in found.items() if any(one.values())},
    }


def _compared(place: Place, scratch: Path) -> dict[str, Losses]:
    with opening.open_source(sqlite_place.located(place)) as connection:
        # either may have what is not parsed; what is read of a schema are its rows
        connection.execute("PRAGMA writable_schema = ON")
        uri = f"file:{urllib.parse.quote(str(scratch))}?mode=ro"
        connection.execute("ATTACH ? AS backup", [uri])
        opening.pin_snapshot(connection)
        now, then = (_tables(connection, schema) for schema in ("main", "backup"))
        names = (now.keys() | then.keys()) - {table.name for table in asked()}
        found, unread = _compare(connection, sorted(names), now, then)
        if unread:
            with opening.copied(connection, scratch.parent) as today:
                for name in unread:
                    pairs = ((today, now.get(name)), (scratch, then.get(name)))
                    found[name] = _compare_rows(*(_rows(path, root) for path, root in pairs))
    return found


def _compare(
    connection: sqlite3.Connection, names: Iterable[str], now: dict[str, int], then: dict[str, int]
) -> tuple[dict[str, Losses], list[str]]:
    """Return what SQLite finds, and the tables that it cannot read."""
    found: dict[str, Losses] = {}
    unread = []
    for name in names:
        try:
            if name in now and name in then:
                found[name] = _compare_table(connection, name)
                continue
            rows = _count(
                connection, f"FROM {'main' if name in now else 'backup'}.{quote_name(name)}"
            )
        except sqlite3.OperationalError as error:
            if not lacks.is_lack(error):
                raise
            unread.append(name)
            continue
        found[name] = {
            "added": rows if name in now else 0,
            "changed": 0,
            "removed": rows if name in then else 0,
        }
    return found, unread


def _rows(path: Path, root: int | None) -> Iterator[tuple[int | None, bytes]]:
    if root:
        with closing(pages.Trees(path)) as trees:
            yield from trees.rows(root)


def _compare_rows(
    now: Iterable[tuple[int | None, bytes]], then: Iterable[tuple[int | None, bytes]]
) -> Losses:
    """Compare rows as they are stored; one without a row id is known by all that it holds."""
    before = {key or told: told for key, told in _told(then)}
    added = changed = 0
    for key, told in _told(now):
        was = before.pop(key or told, None)
        added += was is None
        changed += was not in (None, told)
    return {"added": added, "changed": changed, "removed": len(before)}


def _told(rows: Iterable[tuple[int | None, bytes]]) -> Iterator[tuple[str, bytes]]:
    for key, payload in rows:
        told = hashlib.blake2b(payload, digest_size=16).digest()
        yield "" if key is None else str(key), told


def _tables(connection: sqlite3.Connection, schema: str) -> dict[str, int]:
    """Return the first page of each stored table by its name."""
    query = (
        f"SELECT name, rootpage FROM {schema}.sqlite_master"  # noqa: S608 - one of two names
        " WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    return dict(connection.execute(query).fetchall())


def _compare_table(connection: sqlite3.Connection, table: str) -> Losses:
    now, then = (_columns(connection, schema, table) for schema in ("main", "backup"))
    key = [name for name, place in now.items() if place]
    # a table without a primary key has row ids; one whose key changed has nothing in common
    same = " AND ".join(_pair(name, "IS") for name in key) or "n._rowid_ = b._rowid_"
    if key != [name for name, place in then.items() if place]:
        same = "0"
    other = " OR ".join(_pair(name, "IS NOT") for name in now if name in then and name not in key)
    new, old = f"main.{quote_name(table)} AS n", f"backup.{quote_name(table)} AS b"
    missing = "WHERE NOT EXISTS (SELECT 1 FROM"
    return {
        "added": _count(connection, f"FROM {new} {missing} {old} WHERE {same})"),
        "changed": _count(connection, f"FROM {new} JOIN {old} ON {same} WHERE {other or '0'}"),
        "removed": _count(connection, f"FROM {old} {missing} {new} WHERE {same})"),
    }


def _columns(connection: sqlite3.Connection, schema: str, table: str) -> dict[str, int]:
    """Return the table's columns, each with its place in the primary key, 0 outside of it."""
    query = "SELECT name, pk FROM pragma_table_info(?, ?) ORDER BY pk, name"
    return dict(connection.execute(query, [table, schema]).fetchall())


def _pair(column: str, how: str) -> str:
    # in its exact bytes, whatever the column's collation
    exact = " COLLATE BINARY" if how == "IS NOT" else ""
    return f"n.{quote_name(column)} {how} b.{quote_name(column)}{exact}"


def _count(connection: sqlite3.Connection, rest: str) -> int:
    (count,) = connection.execute(f"SELECT count(*) {rest}").fetchone()
    return int(count)
