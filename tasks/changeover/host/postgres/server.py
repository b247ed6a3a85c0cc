"""The databases of a server: what each is, who is in it, and the scratch of one."""

import contextlib
import hashlib
import sys
import time
from collections.abc import Iterator
from typing import Any, TypedDict

from ..backup import files as backup_files
from ..files import Failure
from . import extensions as postgres_extensions
from .access import Access
from .extensions import Extension
from .session import Session, Trouble, above, literal, name

GONE_SECONDS = 30
_LOCK_SECONDS = 3600
_LOCK_PAUSE_SECONDS = 0.2
_HOLDERS = """FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory'
    AND (classid::bigint << 32 | objid::bigint) = KEY AND objsubid = 1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND pid <> pg_backend_pid()"""


class Database(TypedDict):
    """What a database is, beside what it holds: all that a dump of it does not carry."""

    owner: str
    encoding: str
    locale: dict[str, str]
    comment: str | None
    connection_limit: int
    grants: list[dict[str, Any]] | None
    """Who may do what, None for PostgreSQL's defaults."""
    settings: list[dict[str, Any]]
    """What was set for the database, and for a role in it."""


def maintenance(access: Access) -> str:
    """Return the database from which another one is made, renamed and dropped."""
    return "postgres" if access.database != "postgres" else "template1"


def scratch_name(access: Access) -> str:
    """Return the name of the database into which backups of this one are restored at first."""
    digest = hashlib.sha256(access.database.encode()).hexdigest()
    return f"changeover_scratch_{digest[:16]}"


@contextlib.contextmanager
def administration(access: Access) -> Iterator[Session]:
    """
    Give a connection outside of the database, and keep every other run for it waiting.

    The lock dies with its holder, so a scratch database that is there
    now was left by a run that was killed.
    """
    with _alone(access), above(access, maintenance(access)) as admin:
        if not access.superuser:
            _lock(admin, access)
        admin.run("SET synchronous_commit = on")
        yield admin


def _alone(access: Access) -> contextlib.AbstractContextManager[None]:
    """Take the host's lock: of the server's own every role could take one, and hold it."""
    if not access.superuser:
        return contextlib.nullcontext()
    key = f"{access.place.superuser_host(access.address)}:{access.address.port}/{access.database}"
    return backup_files.locked_by_name(key, f"another run for {access.database}")


def _lock(admin: Session, access: Access) -> None:
    """
    Take the server's lock for a database, where other hosts may work with it too.

    Raises Failure, with who holds it, after an hour.
    """
    # of 63 bits, as a lock's key is
    key = int(hashlib.sha256(access.database.encode()).hexdigest()[:15], 16)
    deadline, told = time.monotonic() + _LOCK_SECONDS, False
    while admin.value(f"SELECT pg_try_advisory_lock({key})") != "t":
        if not told:
            sys.stderr.write(f"waiting for another run for {access.database}\n")
            told = True
        if time.monotonic() > deadline:
            who = admin.value(
                "SELECT string_agg(format('%s of role %s (%s)', pid, usename, application_name),"
                f" ', ') {_HOLDERS.replace('KEY', str(key))} AND granted"
            )
            raise Failure(f"another run for {access.database} does not end: process {who}")
        time.sleep(_LOCK_PAUSE_SECONDS)


def exists(admin: Session, database: str) -> bool:
    """Return whether there is such a database."""
    return admin.value(_of(database, "SELECT 1")) == "1"


def _of(database: str, select: str) -> str:
    return f"{select} FROM pg_catalog.pg_database d WHERE d.datname = {literal(database)}"


def describe(admin: Session, database: str) -> Database:
    """Return what a database is."""
    # The columns that say the locale have other names in each version.
    (row,) = admin.rows(
        _of(
            database,
            "SELECT to_jsonb(d) AS d, pg_get_userbyid(d.datdba) AS owner,"
            " pg_encoding_to_char(d.encoding) AS encoding,"
            " left(shobj_description(d.oid, 'pg_database'), 1000000) AS comment,"
            " d.datacl IS NULL AS plain,"
            " (SELECT jsonb_agg(jsonb_build_object('to', CASE grantee WHEN 0 THEN NULL ELSE"
            " pg_get_userbyid(grantee) END, 'right', privilege_type, 'grantable', is_grantable)"
            " ORDER BY grantee, privilege_type) FROM aclexplode(d.datacl)) AS grants,"
            " (SELECT jsonb_agg(jsonb_build_object('role', CASE setrole WHEN 0 THEN NULL ELSE"
            " pg_get_userbyid(setrole) END, 'values', setconfig) ORDER BY setrole)"
            " FROM pg_db_role_setting WHERE setdatabase = d.oid) AS settings",
        )
    )
    d = row["d"]
    locale = {"LC_COLLATE": d["datcollate"], "LC_CTYPE": d["datctype"]}
    provider = {"i": "icu", "c": "libc", "b": "builtin"}.get(d.get("datlocprovider", ""))
    if provider:
        locale["LOCALE_PROVIDER"] = provider
    own = d.get("daticulocale") or d.get("datlocale")
    if own:
        locale["ICU_LOCALE" if provider == "icu" else "BUILTIN_LOCALE"] = own
    if d.get("daticurules"):
        locale["ICU_RULES"] = d["daticurules"]
    return {
        "owner": row["owner"],
        "encoding": row["encoding"],
        "locale": locale,
        "comment": row["comment"],
        "connection_limit": d["datconnlimit"],
        "grants": None if row["plain"] else row["grants"] or [],
        "settings": row["settings"] or [],
    }


def size(admin: Session, database: str) -> int:
    """Return the bytes that a database takes on the server's disk."""
    return int(admin.value(f"SELECT pg_database_size({literal(database)}::name)"))


def drop_scratch(access: Access, admin: Session) -> None:
    """Drop the scratch database if it is there, whoever is still connected to it."""
    admin.run(f"DROP DATABASE IF EXISTS {name(scratch_name(access))} WITH (FORCE)")


@contextlib.contextmanager
def scratch(
    access: Access, admin: Session, like: Database, extensions: list[Extension]
) -> Iterator[str]:
    """
    Make an empty database as the described one was made; it goes in the end.

    It belongs to the app's role, who fills it; whoever puts it in place gives it its owner.
    """
    drop_scratch(access, admin)
    made = scratch_name(access)
    # a role that acts for the owner leaves it the schema that is the database's owner's
    acts = f"SELECT pg_has_role({literal(access.role)}, {literal(like['owner'])}, 'MEMBER')"
    owner = like["owner"] if access.inside or admin.value(acts) == "t" else access.role
    locale = " ".join(f"{key} = {literal(value)}" for key, value in like["locale"].items())
    try:
        admin.run(
            # until it is closed for other roles, nobody but a superuser comes in
            f"CREATE DATABASE {name(made)} TEMPLATE template0 CONNECTION LIMIT 0"
            f" ENCODING {literal(like['encoding'])} {locale}"
        )
        admin.run(f"REVOKE ALL ON DATABASE {name(made)} FROM PUBLIC")
        if extensions:
            postgres_extensions.make(access, made, extensions)
        admin.run(f"ALTER DATABASE {name(made)} OWNER TO {name(owner)}")
        admin.run(f"ALTER DATABASE {name(made)} CONNECTION LIMIT -1")
        yield made
    finally:
        with contextlib.suppress(Trouble):  # the server is gone: the next run drops it
            drop_scratch(access, admin)


def require_space(access: Access, admin: Session, needed: int) -> None:
    """Refuse early when the server's disk lacks the room, if it is on this host and told."""
    folder = access.place.data_folder(admin.value) if access.superuser else None
    if folder:
        backup_files.require_space(folder, needed)


def allow_connections(admin: Session, database: str, allowed: bool) -> None:
    """Let others connect to a database, or not."""
    admin.run(f"ALTER DATABASE {name(database)} ALLOW_CONNECTIONS {str(allowed).lower()}")


def accepts_connections(admin: Session, database: str) -> bool:
    """Return whether others can connect to a database."""
    return admin.value(_of(database, "SELECT datallowconn")) == "t"


def close_connections(admin: Session, database: str, spared: str = "0") -> None:
    """End every connection to a database but one, and wait until they are gone."""
    there = (
        # of no user are the workers of autovacuum, which make room by themselves
        "FROM pg_catalog.pg_stat_activity WHERE datname = "
        f"{literal(database)} AND pid <> {spared} AND usesysid IS NOT NULL"
    )
    deadline = time.monotonic() + GONE_SECONDS
    while True:
        admin.run(f"SELECT pg_terminate_backend(pid) {there}")
        left = admin.value(
            "SELECT string_agg(format('%s (%s, %s)', pid, usename, application_name), ', ')"
            f" {there}"
        )
        if not left:
            return
        if time.monotonic() > deadline:
            raise Failure(
                f"connections to {database} do not end: {left}: stop them, then run this again"
            )
        time.sleep(0.02)
