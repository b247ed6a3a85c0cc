"""Backups that were restored once before they count: taking them and verifying them."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ..backup import files as backup_files
from ..backup import manifest as backup_manifest
from ..backup.manifest import FORMAT, Stages, program_sha256, utc_now
from ..files import Failure
from ..revisions.postgres import read_histories
from ..revisions.table import asked
from . import content as postgres_content
from . import dump as postgres_dump
from . import extensions as postgres_extensions
from . import load, obstacles, role, schema, server
from .access import Access
from .content import Content, Sequences
from .fingerprint import fingerprint
from .server import Database
from .session import Session, literal, path_of, session

# of what differs
_SHOWN = 9
COMPARED = [
    "artefact size and sha256",
    "rows and digest of every table and of the large objects",
    "values of the sequences",
    "definition, owner and privileges of every object",
]
REQUIRED = {
    "artefact": {"name", "size", "sha256"},
    "content": set(Content.__annotations__),
    "properties": set(Database.__annotations__),
    "server": {"version", "size"},
}


class Request(NamedTuple):
    """What to back up, where to, and for whom."""

    access: Access
    into: Path
    name: str
    app: str
    release: str
    commit: str


class Snapshot(NamedTuple):
    """One state of the source database."""

    content: Content
    sequences: tuple[Sequences, Sequences]
    """Before and after the dump, which reads them in between."""
    histories: dict[str, list[str]]
    """The migrations that it names, by the table in which it does."""
    fingerprint: str | None
    stored: postgres_dump.Stored
    search_path: list[str]
    """The schemas in which the app finds things, and in which they were found for the digests."""


def load_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest and refuse one that is damaged, was edited, or is of another program."""
    return backup_manifest.load(path, REQUIRED)


def major_version(connection: Session) -> int:
    """Return the server's major version."""
    return int(connection.value("SHOW server_version_num")) // 10000


def _snapshot(request: Request, admin: Session, target: Path) -> Snapshot:
    """Pin one state of the source, digest it and dump it at the same time."""
    access = request.access
    with session(access, access.database) as source:
        path = path_of(access, source)
        # Before the snapshot: a write in between is in the backup and looks as if it were not.
        obstacles.require_none(access, source, path)
        before = fingerprint(source, admin)
        source.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        pinned = source.value("SELECT pg_export_snapshot()")
        sequences = postgres_content.read_sequences(source)
        with postgres_dump.Dump(access, major_version(source), pinned, target) as dump:
            content: Content = {
                "schema": schema.read_schema(source),
                "tables": postgres_content.read_tables(source, path),
                "sequences": {},
            }
            histories = read_histories(source, path, access.role, access.history_schema)
            stored = dump.finish()
        later = postgres_content.read_sequences(source)
        source.run("ROLLBACK")
    return Snapshot(content, (sequences, later), histories, before, stored, path)


def _require_between(sequences: tuple[Sequences, Sequences], found: Sequences) -> None:
    """Refuse sequences that stand neither where they stood, nor where they moved meanwhile."""
    before, after = sequences
    for name in sorted(before.keys() | found.keys()):
        ends = [before.get(name), after.get(name, before.get(name))]
        stands = found.get(name)
        if stands in ends:
            continue
        values = [one[0] for one in (*ends, stands) if one]
        moved = ends[0] != ends[1] and len(values) == 3
        if not (moved and min(values[:2]) <= values[2] <= max(values[:2])):
            raise Failure(f"sequence {name} was restored to {stands}, expected {ends[0]}")


@contextlib.contextmanager
def restored(
    access: Access, admin: Session, manifest: dict[str, Any], folder: Path
) -> Iterator[tuple[str, Content]]:
    """Restore the artefact of a manifest into a scratch database, which goes in the end."""
    artefact = backup_manifest.require_artefact(manifest, folder)
    server.require_space(access, admin, manifest["server"]["size"])
    # of before that was noted: such an extension fails to be made then, and is named
    extensions = manifest.get("extensions", [])
    major = major_version(admin)
    with server.scratch(access, admin, manifest["properties"], extensions) as scratch:
        only = None
        if extensions:
            listed = load.contents(access, major, artefact)
            only = postgres_extensions.left_to_restore(access, scratch, listed)
        load.load(access, major, artefact, scratch, only)
        with session(access, scratch) as connection:
            content = postgres_content.read_content(connection, manifest.get("search_path", []))
        yield scratch, content


def require_equal(expected: Content, found: Content) -> None:
    """Refuse what was restored unless it is what was backed up."""
    backup_manifest.require_none(postgres_content.differences(expected, found), _SHOWN)


@contextlib.contextmanager
def verified(
    access: Access, admin: Session, manifest: dict[str, Any], folder: Path
) -> Iterator[str]:
    """Give a scratch database that holds what a manifest says, to the bit."""
    with restored(access, admin, manifest, folder) as (scratch, content):
        require_equal(manifest["content"], content)
        yield scratch


def _describe(request: Request, admin: Session) -> dict[str, Any]:
    """Return all that is known before the dump. Refuses what a dump cannot carry."""
    access = request.access
    listed = (
        "SELECT string_agg(subname, ', ') FROM pg_catalog.pg_subscription s"
        " JOIN pg_catalog.pg_database d ON d.oid = s.subdbid WHERE d.datname = "
    )
    subscriptions = admin.value(listed + literal(access.database))
    if subscriptions:
        raise Failure(
            f"it has the subscriptions {subscriptions}, which a restore would not bring back:"
            " drop them, or back it up by other means"
        )
    return {
        "format": FORMAT,
        "app": request.app,
        "release": request.release,
        "commit": request.commit,
        "database": access.database,
        "properties": server.describe(admin, access.database),
        "role": role.describe(admin, access.role) if access.superuser else None,
        "extensions": postgres_extensions.beyond_the_role(access, admin),
        "server": {
            "version": admin.value("SHOW server_version"),
            "size": server.size(admin, access.database),
        },
        "tools": {
            "python": sys.version.split()[0],
            "zstd": backup_files.zstd_version(),
            "program_sha256": program_sha256("postgres"),
        },
    }


@contextlib.contextmanager
def taken(
    request: Request, admin: Session, work: Path, artefact: Path
) -> Iterator[tuple[dict[str, Any], str]]:
    """
    Take a backup up to the point where only the manifest is missing.

    Gives it with the scratch database into which it was restored, compared; that goes in the end.
    """
    started, stages = utc_now(), Stages()
    manifest = _describe(request, admin)
    backup_files.require_space(artefact.parent, manifest["server"]["size"])
    with stages.stage("dump"):
        snapshot = _snapshot(request, admin, work / "artefact")
        backup_files.move_durably(work / "artefact", artefact)
    manifest |= {
        "revisions": sorted(name for one in asked() for name in snapshot.histories[one.name]),
        "histories": snapshot.histories,
        "source_fingerprint": snapshot.fingerprint,
        "search_path": snapshot.search_path,
        "artefact": {"name": artefact.name, **snapshot.stored._asdict()},
    }
    with contextlib.ExitStack() as stack:
        with stages.stage("verification"):
            scratch, found = stack.enter_context(
                restored(request.access, admin, manifest, artefact.parent)
            )
            _require_between(snapshot.sequences, found["sequences"])
            expected = snapshot.content
            # Where a sequence stood for the dump is known by what was restored only.
            expected["sequences"] = found["sequences"]
            require_equal(expected, found)
        told = {
            "content": expected,
            "verified": True,
            "compared": COMPARED,
            "started": started,
            "finished": utc_now(),
            "seconds": stages.seconds,
        }
        yield manifest | told, scratch


def _require_database(access: Access, admin: Session) -> None:
    if not server.exists(admin, access.database):
        raise Failure("the server has no such database: check the URL")
    if not server.accepts_connections(admin, access.database):
        raise Failure(
            "it accepts no connections, as a restore that was interrupted leaves it:"
            " run that again, or ALTER DATABASE ... ALLOW_CONNECTIONS true"
        )


def backup(request: Request) -> dict[str, Any]:
    """Take a backup; it exists if and only if its manifest does."""
    backup_manifest.require_name(request.name)
    backup_manifest.prepare_folder(request.into)
    artefact = request.into / f"{request.name}.postgres.zst"
    path = request.into / f"{request.name}.json"
    with (
        backup_files.locked(request.into),
        backup_files.work_folder(request.into / ".postgres_backup") as work,
        server.administration(request.access) as admin,
    ):
        if path.exists():
            raise Failure(f"the backup {path} exists already: give another --name")
        _require_database(request.access, admin)
        artefact.unlink(missing_ok=True)  # without a manifest: a killed run's
        try:
            with taken(request, admin, work, artefact) as (manifest, _):
                pass
            backup_manifest.write(manifest, path, work)
        except BaseException:
            path.unlink(missing_ok=True)
            artefact.unlink(missing_ok=True)
            raise
    return {**manifest, "role": None, "manifest": str(path)}  # no verifier is printed


def verify(access: Access, path: Path) -> dict[str, Any]:
    """Restore a backup into a scratch database and compare it with its manifest."""
    manifest, stages = load_manifest(path), Stages()
    with (
        server.administration(access) as admin,
        stages.stage("verification"),
        verified(access, admin, manifest, path.parent),
    ):
        pass
    return {
        "manifest": str(path),
        "verified": True,
        "compared": COMPARED,
        "seconds": stages.seconds,
    }
