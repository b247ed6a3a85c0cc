"""Extensions that only a superuser can make: made before anything of the app's is there."""

import re
from typing import TypedDict

from .access import Access
from .session import Session, above, name

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
# Who made an extension can make it again, whatever rights a provider gave for it.
_OF_OTHERS = f"""
SELECT e.extname AS name, pg_get_userbyid(e.extowner) AS owner FROM pg_catalog.pg_extension e
WHERE NOT pg_has_role(e.extowner, 'MEMBER') AND e.extname NOT IN ({_TRUSTED})
ORDER BY e.extname"""  # noqa: S608 - constants


class Extension(TypedDict):
    """An extension by name, with the schema that it is in."""

    name: str
    schema: str


def beyond_the_role(access: Access, admin: Session) -> list[Extension]:
    """Return the extensions of the database that its role could not make itself."""
    if access.inside or not access.superuser:
        return []
    trusted = _trusted(admin)
    with above(access, access.database, _SECONDS) as catalogs:
        found: list[Extension] = catalogs.rows(_MADE)  # type: ignore[assignment]
    return [one for one in found if one["name"] not in trusted]


def _trusted(session: Session) -> set[str]:
    return {row["name"] for row in session.rows(_TRUSTED)}


def problems(access: Access, session: Session) -> list[str]:
    """Return a line for each extension that could not be made in a new database."""
    if access.inside:
        return []
    if access.superuser:
        return [
            f"the extension {row['name']} is in the schema {row['schema']}, and its role cannot"
            f" make it there: ALTER EXTENSION {name(row['name'])} SET SCHEMA public, or set"
            " Database(as_superuser=True), if the app may have the whole server"
            for row in session.rows(_MADE)
            if row["schema"] not in _PRESENT and row["name"] not in _trusted(session)
        ]
    return [
        f"the extension {row['name']} is of {row['owner']}, and its role {access.role} could not"
        " make it in the database into which a backup is restored: DROP EXTENSION"
        f" {name(row['name'])}, if nothing needs it, or name a role that can make it in"
        " Database(direct_url=...)"
        for row in session.rows(_OF_OTHERS)
    ]


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
