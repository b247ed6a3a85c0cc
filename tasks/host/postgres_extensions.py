"""Extensions that only a superuser can make: made before anything of the app's is there."""

import re
from typing import TypedDict

from .changeover_files import Failure
from .postgres_access import Access
from .postgres_session import Session, above, name

_SECONDS = {"lock_timeout": "5s", "statement_timeout": "30s"}
_PRESENT = ("public", "pg_catalog")
# Of the system's catalogs alone, so nothing of the app's is called.
_MADE = """
SELECT e.extname AS name, s.nspname AS schema FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_namespace s ON s.oid = e.extnamespace"""
_TABLES = """
SELECT s.nspname AS schema, c.relname AS name FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace JOIN pg_catalog.pg_depend d
ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'"""
# number; catalog and number of the object, then its kind, schema and name, and its owner
_ENTRY = re.compile(r"\d+; \d+ \d+ (.*)")
_TRUSTED = "SELECT DISTINCT name FROM pg_catalog.pg_available_extension_versions WHERE trusted"


class Extension(TypedDict):
    """An extension by name, with the schema that it is in."""

    name: str
    schema: str


def beyond_the_role(access: Access, admin: Session) -> list[Extension]:
    """
    Return the extensions of the database that its role could not make itself.

    Raises Failure for one whose schema a new database does not have.
    """
    if access.inside or not access.superuser:
        return []
    trusted = {row["name"] for row in admin.rows(_TRUSTED)}
    with above(access, access.database, _SECONDS) as catalogs:
        found: list[Extension] = catalogs.rows(_MADE)  # type: ignore[assignment]
    found = [one for one in found if one["name"] not in trusted]
    for one in found:
        if one["schema"] not in _PRESENT:
            raise Failure(
                f"the extension {one['name']} is in the schema {one['schema']}, and its role cannot"
                f" make it there: ALTER EXTENSION {name(one['name'])} SET SCHEMA public, or set"
                " Database(as_superuser=True), if the app may have the whole server"
            )
    return found


def make(access: Access, database: str, extensions: list[Extension]) -> None:
    """Make extensions in a database that is empty, and closed for everybody else."""
    with above(access, database) as superuser:
        for one in extensions:
            schema = f"WITH SCHEMA {name(one['schema'])}" if one["schema"] == "public" else ""
            # those that it needs may be ones that the role could make itself
            made = f"CREATE EXTENSION IF NOT EXISTS {name(one['name'])} {schema} CASCADE"
            superuser.run(made)


def left_to_restore(access: Access, database: str, contents: str) -> str:
    """
    Return the contents of a dump, as pg_restore lists them, without what the extensions brought.

    What the app changed in their tables is not brought back: it shows when both are compared.
    """
    with above(access, database) as superuser:
        tables, made = superuser.rows(_TABLES), superuser.rows(_MADE)
    there = tuple(
        [f"TABLE DATA {one['schema']} {one['name']} " for one in tables]
        + [f"SEQUENCE SET {one['schema']} {one['name']} " for one in tables]
        + [f"EXTENSION - {one['name']} " for one in made]
        + [f"COMMENT - EXTENSION {one['name']} " for one in made]
    )
    return "".join(f"{line}\n" for line in contents.splitlines() if not _is_there(line, there))


def _is_there(line: str, there: tuple[str, ...]) -> bool:
    found = _ENTRY.match(line)
    return found is not None and f"{found[1]} ".startswith(there)
