"""Put a verified backup in the place of a database; a rerun completes a killed run."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..backup import manifest as backup_manifest
from ..backup.manifest import Stages, utc_now
from ..files import Failure
from . import archive, content, role, server, swap
from .access import Access
from .fingerprint import fingerprint
from .session import Session, Trouble, above, name, session


@contextlib.contextmanager
def _closed(access: Access, admin: Session) -> Iterator[str | None]:
    """
    Keep everybody out of the database, if it is there, and give its fingerprint.

    It opens again in the end, whichever database has its name then. A run that is killed leaves it
    closed: the next run begins with opening it.
    """
    database = access.database
    if not server.exists(admin, database):
        yield None
        return
    try:
        # what can be read of a closed database is read by who was in it before
        server.allow_connections(admin, database, True)
        found = _shut(access, admin)
        server.close_connections(admin, database)
        yield found
    finally:
        with contextlib.suppress(Trouble):  # the server is gone: the next run opens it
            if server.exists(admin, database):
                server.allow_connections(admin, database, True)


def _shut(access: Access, admin: Session) -> str | None:
    """Close the door, send everybody away, and tell what was written, None where nobody knows."""
    database, own, reader = access.database, "0", None
    with contextlib.ExitStack() as stack:
        # the app may have taken every connection, or locked what is read: that keeps nobody waiting
        with contextlib.suppress(Trouble):
            reader = stack.enter_context(session(access, database))
            own = str(int(reader.value("SELECT pg_backend_pid()")))
        server.allow_connections(admin, database, False)
        server.close_connections(admin, database, own)
        with contextlib.suppress(Trouble):
            return fingerprint(reader, admin) if reader and own != "0" else None
    return None


def _suffix(keep_as: str | None) -> str:
    suffix = keep_as or f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    backup_manifest.require_name(suffix)
    return suffix


def restore(
    access: Access,
    manifest_path: Path,
    keep_as: str | None,
    *,
    unless_unchanged: bool = False,
    as_it_was: bool = False,
) -> dict[str, Any]:
    """
    Restore a backup beside the database, verify it there, then swap in one transaction.

    Settings, owner and privileges are those that the database has, or those ``as_it_was`` when it
    was backed up, and then the role's too: an undo keeps nothing of what a migration changed.
    """
    manifest = archive.load_manifest(manifest_path)
    # before anybody is sent away
    backup_manifest.require_artefact(manifest, manifest_path.parent)
    stages, suffix, database = Stages(), _suffix(keep_as), access.database
    answer = {"manifest": str(manifest_path), "database": database}
    with contextlib.ExitStack() as door:
        admin = door.enter_context(server.administration(access))
        if as_it_was and access.superuser:
            # first of all, since the role has to log in
            role.put_back(admin, access.role, manifest.get("role"))
        found = door.enter_context(_closed(access, admin))
        there = server.exists(admin, database)
        kept = there and not as_it_was
        like = server.describe(admin, database) if kept else manifest["properties"]
        same = unless_unchanged and found and found == manifest["source_fingerprint"]
        if same and (kept or server.describe(admin, database) == like):
            return answer | {"unchanged": True}
        with contextlib.ExitStack() as stack:
            with stages.stage("verification"):
                scratch = stack.enter_context(
                    archive.verified(access, admin, manifest, manifest_path.parent)
                )
                with session(access, scratch) as connection:
                    content.analyze(connection, manifest.get("search_path", []))
            with stages.stage("swap"):
                aside = swap.kept_name(admin, database, suffix) if there else None
                statements = swap.take_place(scratch, database, like)
                if aside:
                    moved = swap.set_aside(database, aside, utc_now(), like["comment"])
                    statements = moved + statements
                server.allow_connections(admin, scratch, False)
                server.close_connections(admin, scratch)
                swap.commit(admin, database, statements)
    return answer | {"replaced": aside, "verified": True, "seconds": stages.seconds}


def set_aside(access: Access, keep_as: str) -> dict[str, Any]:
    """Rename a database out of the way, if it is there."""
    suffix, database = _suffix(keep_as), access.database
    with server.administration(access) as admin, _closed(access, admin):
        if not server.exists(admin, database):
            return {"database": database, "kept": None}
        comment = server.describe(admin, database)["comment"]
        aside = swap.kept_name(admin, database, suffix)
        moved = swap.set_aside(database, aside, utc_now(), comment)
        swap.commit(admin, database, moved)
    return {"database": database, "kept": aside}


def kept(access: Access) -> list[dict[str, Any]]:
    """Return the databases that were set aside for this one."""
    with above(access, server.maintenance(access)) as connection:
        return swap.kept(connection, access.database, access.role)


def drop_scratch(access: Access) -> dict[str, Any]:
    """Drop the scratch database that a killed run left, if it is there."""
    with server.administration(access) as admin:
        server.drop_scratch(access, admin)
    return {"database": access.database, "dropped": server.scratch_name(access)}


def drop_kept(access: Access, wanted: str) -> dict[str, Any]:
    """Drop a database that was set aside for this one, and no other."""
    with server.administration(access) as admin:
        names = [one["name"] for one in swap.kept(admin, access.database, access.role)]
        if wanted not in names:
            raise Failure(
                f"{wanted} was not set aside for it: what was is {', '.join(names) or '-'}"
            )
        admin.run(f"DROP DATABASE {name(wanted)} WITH (FORCE)")
    return {"database": access.database, "dropped": wanted}
