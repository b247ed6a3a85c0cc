"""What a PostgreSQL database holds: digests that the server computes.

The digest of a table is its count of rows and two sums of 64-bit hashes of the
rows' text, each with another seed: so the order of rows, which a restore may
change, does not count. Text is exact here: the session fixes whatever it hangs
on, NULL and '' differ, and floats are the shortest that read back the same.

Rows of partitions count for the topmost table; a foreign table's rows are
another server's, and a materialised view is filled anew by every restore.
"""

import contextlib
from collections.abc import Sequence
from typing import TypedDict

from . import schema as postgres_schema
from .session import Session, Trouble

# PostgreSQL gives what it makes for itself a lower number.
FIRST_OID = 16384
LARGE_OBJECTS = "large objects"


class TableDigest(TypedDict):
    """Row count and digest of one table."""

    rows: int
    digest: str


Sequences = dict[str, list[int]]
"""Of each sequence its last value and whether that was given out (a bool)."""


class Content(TypedDict):
    """All that must be equal in a database and in its restored backup."""

    tables: dict[str, TableDigest]
    sequences: Sequences
    schema: dict[str, str]
    """A digest of each object's definition."""


class Table(TypedDict):
    """A table whose rows are its own, with quoted names."""

    name: str
    source: str
    """What to read it from."""
    columns: list[str]
    """By name: a restore may give inherited columns another place."""
    key: list[str]
    """The columns of the primary key."""


# Tables of extensions hold data of the app only where the extension says so.
_TABLES = f"""
SELECT format('%I.%I', s.nspname, c.relname) AS name,
    CASE c.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END || format('%I.%I', s.nspname, c.relname)
        AS source,
    (SELECT coalesce(jsonb_agg(quote_ident(attname) ORDER BY attname COLLATE "C"), '[]')
        FROM pg_catalog.pg_attribute
        WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns,
    (SELECT coalesce(jsonb_agg(quote_ident(a.attname) ORDER BY a.attname COLLATE "C"), '[]')
        FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a
            ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
        WHERE i.indrelid = c.oid AND i.indisprimary) AS key
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND c.oid >= {FIRST_OID}
AND CASE
    -- a tree of partitions is read from its top, unless a part of it is not here
    WHEN c.relkind = 'p' THEN NOT c.relispartition AND NOT EXISTS (
        SELECT FROM pg_partition_tree(c.oid) p JOIN pg_catalog.pg_class f ON f.oid = p.relid
        WHERE f.relkind = 'f')
    WHEN c.relispartition THEN EXISTS (
        SELECT FROM pg_partition_tree(pg_partition_root(c.oid)) p
        JOIN pg_catalog.pg_class f ON f.oid = p.relid WHERE f.relkind = 'f')
    ELSE true END
AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension e
        WHERE e.oid = d.refobjid AND c.oid = ANY (e.extconfig)))
"""  # noqa: S608 - a constant
_SEQUENCES = f"""
SELECT format('%I.%I', s.nspname, c.relname) AS name
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND c.oid >= {FIRST_OID}
AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
"""  # noqa: S608 - a constant
_DIGEST = """
SELECT count(*) AS rows, format('%%s %%s',
    coalesce(sum(hashtextextended(line, 0)), 0), coalesce(sum(hashtextextended(line, 1)), 0))
    AS digest
FROM (SELECT (%s)::text COLLATE "C" AS line FROM %s OFFSET 0) AS one
"""
# A value may have 1 GB as text, and bytes take two letters each.
_WHOLE_BYTES = 500 * 1024 * 1024
_PIECE_BYTES = 64 * 1024 * 1024
# Of a larger one the digests of its pieces stand for it. To see its size it has to be opened, which
# lasts until the transaction ends: so that is done for such a one only.
_DATA = """CASE WHEN lo_get(l.oid, {whole}, 1) = '' THEN lo_get(l.oid) ELSE (
    SELECT decode(string_agg(md5(lo_get(l.oid, at * {piece}, {piece})), '' ORDER BY at), 'hex')
    FROM generate_series(0, (lo_lseek64(lo_open(l.oid, 262144), 0, 2) - 1) / {piece}) AS at) END"""


def large_objects(whole: int = _WHOLE_BYTES, piece: int = _PIECE_BYTES) -> Table:
    """Return what large objects are as a table, those of more than ``whole`` bytes in pieces."""
    data = _DATA.format(whole=whole, piece=piece)
    owner = "pg_get_userbyid(l.lomowner) AS owner"
    objects = "pg_catalog.pg_largeobject_metadata AS l"
    return {
        "name": LARGE_OBJECTS,
        "source": f"(SELECT l.oid, {owner}, l.lomacl, {data} AS data FROM {objects})",  # noqa: S608 - constants
        "columns": ["oid", "owner", "lomacl", "data"],
        "key": ["oid"],
    }


_LARGE = large_objects()


def tables(session: Session) -> list[Table]:
    """Return every table whose rows a backup carries; large objects are like one more."""
    found: list[Table] = session.rows(_TABLES)  # type: ignore[assignment]
    return [*sorted(found, key=lambda table: table["name"]), _LARGE]


def row_of(columns: list[str]) -> str:
    """Return an expression for columns of the table t as one value."""
    return f"ROW({', '.join(f't.{column}' for column in columns)})"


def digest(session: Session, table: Table) -> TableDigest:
    """Return count and digest of a table."""
    source = f"{table['source']} AS t"
    (found,) = session.rows(_DIGEST % (row_of(table["columns"]), source))
    return {"rows": int(found["rows"]), "digest": str(found["digest"])}


def read_tables(session: Session, path: Sequence[str] = ()) -> dict[str, TableDigest]:
    """
    Return count and digest of every table.

    ``path`` are the schemas in which the app finds things: to read a table PostgreSQL may have to
    understand functions of its indexes, statistics and constraints, which name others.
    """
    found = tables(session)
    with session.found_as_by(path):
        return {table["name"]: digest(session, table) for table in found}


def analyze(session: Session, path: Sequence[str] = ()) -> None:
    """Let the planner know what was restored, else an app's first queries are slow."""
    found = tables(session)
    with session.found_as_by(path):
        # not all at once: of a foreign table there may be nobody to ask
        for table in found:
            if table is not _LARGE:
                # of what it calls for that, the data does not hang
                with contextlib.suppress(Trouble):
                    session.run(f"ANALYZE {table['name']}")


def read_sequences(session: Session) -> Sequences:
    """Return where every sequence stands now: a sequence knows no snapshot."""
    found: Sequences = {}
    for sequence in session.rows(_SEQUENCES):
        (row,) = session.rows(f"SELECT last_value, is_called FROM {sequence['name']}")  # noqa: S608
        found[sequence["name"]] = [row["last_value"], row["is_called"]]
    return found


def read_content(session: Session, path: Sequence[str] = ()) -> Content:
    """Read everything that is compared; ``path`` is as ``read_tables`` has it."""
    return {
        "tables": read_tables(session, path),
        "sequences": read_sequences(session),
        "schema": postgres_schema.read_schema(session),
    }


def differences(expected: Content, found: Content) -> list[str]:
    """Say in words where two contents differ."""
    said = _table_differences(expected["tables"], found["tables"])
    for sequence in sorted(expected["sequences"].keys() | found["sequences"].keys()):
        wanted, seen = expected["sequences"].get(sequence), found["sequences"].get(sequence)
        if wanted != seen:
            said.append(f"sequence {sequence} stands at {seen}, expected {wanted}")
    for thing in sorted(expected["schema"].keys() | found["schema"].keys()):
        here, there = thing in expected["schema"], thing in found["schema"]
        if expected["schema"].get(thing) != found["schema"].get(thing):
            how = "has another definition" if here and there else "is missing"
            said.append(f"{thing} {how if here else 'is unexpected'}")
    return said


def _table_differences(
    expected: dict[str, TableDigest], found: dict[str, TableDigest]
) -> list[str]:
    said = []
    for table in sorted(expected.keys() | found.keys()):
        wanted, seen = expected.get(table), found.get(table)
        if wanted is None or seen is None:
            said.append(f"table {table} is {'missing' if seen is None else 'unexpected'}")
        elif wanted["rows"] != seen["rows"]:
            said.append(f"table {table} has {seen['rows']} rows, expected {wanted['rows']}")
        elif wanted != seen:
            said.append(f"table {table} has other content in its {seen['rows']} rows")
    return said
