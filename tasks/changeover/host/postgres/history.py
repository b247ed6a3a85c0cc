"""Which migrations a database has: of several histories in it the one that the app itself finds."""

from collections.abc import Sequence
from typing import Any, Protocol

from ..files import Failure
from .session import name

_MOST_REVISIONS, _MOST_PLACES = 20_000, 100
_REVISIONS = {
    "alembic_version": "left(t.version_num::text, 200)",
    "django_migrations": "left(t.app::text || '.' || t.name::text, 400)",
}
_LISTED = """
SELECT s.nspname AS schema, c.relname AS stem
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't'
AND c.relname IN ('alembic_version', 'django_migrations')"""
_SAY = (
    'name its schema in the deploy file, Database(history_schema="..."), or in the URL'
    " (options=-csearch_path%3DNAME)"
)


class Asked(Protocol):
    """Whatever answers a query."""

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Return the rows of a query by the names of its columns."""


def read_revisions(session: Asked, path: Sequence[str], role: str, declared: str = "") -> list[str]:
    """
    Return the migrations that Alembic and Django noted, Django's as app.name, sorted.

    ``path`` are the schemas in which the app, with this role, finds its tables; ``declared`` is the
    one in which the deploy file says that migrations are noted. Raises Failure where several have a
    history and nothing tells which is the app's.
    """
    listed = session.rows(_LISTED)
    if len(listed) > _MOST_PLACES:
        raise Failure("more of its schemas note migrations than anybody has: look at them")
    selects = []
    for stem, told in _REVISIONS.items():
        schemas = sorted(row["schema"] for row in listed if row["stem"] == stem)
        schema = _own(stem, schemas, list(path), role, declared)
        if schema is not None:
            table = f"{name(schema)}.{stem}"
            # the app decides what is in it and how much of it
            select = f"SELECT {told} AS revision FROM {table} AS t LIMIT {_MOST_REVISIONS}"  # noqa: S608
            selects.append(f"({select})")
    if not selects:
        return []
    found = sorted(str(row["revision"]) for row in session.rows(" UNION ALL ".join(selects)))
    if len(found) >= _MOST_REVISIONS:
        raise Failure("it notes more migrations than anybody has: look at alembic_version")
    return found


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
