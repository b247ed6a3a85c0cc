"""Which migrations a PostgreSQL database has: of several tables the one that the app finds."""

from collections.abc import Sequence
from typing import Any, Protocol

from ..files import Failure
from ..postgres.session import Session, Trouble, literal, name
from .table import Row, Table, asked, names, others

_MOST_REVISIONS, _MOST_PLACES, _LONGEST = 20_000, 100, 400
_LISTED = """
SELECT s.nspname AS schema, c.relname AS stem
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND c.relname IN """
_SAY = (
    'name its schema in the deploy file, Database(history_schema="..."), or in the URL'
    " (options=-csearch_path%3DNAME)"
)


class Asked(Protocol):
    """Whatever answers a query."""

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Return the rows of a query by the names of its columns."""


def read_postgres(
    session: Asked, path: Sequence[str], role: str, declared: str, tables: Sequence[Table]
) -> list[Row]:
    """
    Return what a database says of its migrations, sorted by their names.

    ``path`` are the schemas in which the app, with this role, finds its tables; ``declared`` is the
    one in which the deploy file says that migrations are noted, "" for none. Raises Failure where
    several have a history and nothing tells which is the app's.
    """
    if not tables:
        return []
    stems = ", ".join(literal(table.name) for table in tables)
    listed = session.rows(f"{_LISTED}({stems})")
    if len(listed) > _MOST_PLACES:
        raise Failure("more of its schemas note migrations than anybody has: look at them")
    found: list[Row] = []
    for table in tables:
        schemas = sorted(row["schema"] for row in listed if row["stem"] == table.name)
        schema = _own(table.name, schemas, list(path), role, declared)
        if schema is not None:
            found += _rows(session, table, schema)
    return sorted(found)


def read_histories(
    session: Session, path: Sequence[str], role: str, declared: str
) -> dict[str, list[str]]:
    """
    Return what a database says, by the table that says it; what cannot be told of others is not.

    A transaction is open. Raises Failure as ``read_postgres`` does for the app's own.
    """
    found = {
        table.name: names(read_postgres(session, path, role, declared, [table]))
        for table in asked()
    }
    for table in others():
        session.run("SAVEPOINT others")
        # one of that name may be something else to this app, or nobody knows which is its own
        try:
            found[table.name] = names(read_postgres(session, path, role, "", [table]))
        except (Failure, Trouble):
            session.run("ROLLBACK TO SAVEPOINT others")
    return found


def _rows(session: Asked, table: Table, schema: str) -> list[Row]:
    # the app decides what is in it and how much of it
    told = ", ".join(f"{_text(columns)} AS {part}" for part, columns in table.columns.items())
    place = f"{name(schema)}.{name(table.name)}"
    found = session.rows(f"SELECT {told} FROM {place} AS t LIMIT {_MOST_REVISIONS}")  # noqa: S608
    if len(found) >= _MOST_REVISIONS:
        raise Failure(f"it notes more migrations than anybody has: look at {table.name}")
    return [row for row in map(table.row, found) if row]


def _text(columns: Sequence[str]) -> str:
    joined = " || '.' || ".join(f"t.{name(column)}::text" for column in columns)
    return f"left({joined}, {_LONGEST})"


def _own(stem: str, schemas: list[str], path: list[str], role: str, declared: str) -> str | None:
    """Return the schema whose table is the app's, None where the app has none."""
    if declared:
        return declared if declared in schemas else None
    there = [schema for schema in path if schema in schemas]
    if there:
        return there[0]
    where = f"{stem} is in {', '.join(schemas)}, and the app looks for it in {', '.join(path)}"
    if len(schemas) > 1:
        raise Failure(f"{where}: which is its own? {_SAY}")
    if schemas and not {role, "public"}.issuperset(path):
        raise Failure(f"{where}: if it is its own, or not there yet, {_SAY}")
    # of an app whose own code says where
    return schemas[0] if schemas else None
