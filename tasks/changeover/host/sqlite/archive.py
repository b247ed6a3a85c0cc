"""
Backups that were restored once before they count: taking them and verifying them.

What is in a database is read as the app's user, in a folder that the running app cannot reach.
Root compresses what came of it into its own folder, and compares what it is told.
"""

import os
import shutil
import sqlite3
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from ..app import child as app_child
from ..app.leaf import Leaf
from ..backup import files as backup_files
from ..backup import manifest as backup_manifest
from ..backup.manifest import FORMAT, Stages, program_sha256, utc_now
from ..files import Failure
from ..revisions.table import asked, read_histories
from . import content as sqlite_content
from . import files, opening, verdict
from . import pages as sqlite_pages
from . import place as sqlite_place
from .content import Content
from .files import Fingerprint
from .pages import Damaged
from .place import Place

# Longer than the clock tick of file times, so that a write after it always shows.
TICK_SECONDS = 0.02

REQUIRED = {
    "artefact": {"name", "size", "sha256", "uncompressed_size"},
    "content": set(Content.__required_keys__),
}


class Request(NamedTuple):
    """What to back up, where to, and for whom."""

    place: Place
    into: Path
    name: str
    app: str
    release: str
    commit: str
    own: str = ""
    """A bash script that has the app's own SQLite check the copy in a folder, "" for none."""


class Snapshot(NamedTuple):
    """One state of the source database."""

    content: Content
    histories: dict[str, list[str]]
    """The migrations that it names, by the table in which it does."""
    journal_mode: str
    fingerprint: Fingerprint | None


def load_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest and refuse one that is damaged or was edited."""
    return backup_manifest.load(path, REQUIRED)


def restore_to_scratch(
    manifest: dict[str, Any], folder: Path, leaf: Leaf, name: str, journal_mode: str = "delete"
) -> None:
    """Restore the artefact of a manifest into a file of a leaf and compare everything."""
    path = backup_manifest.require_artefact(manifest, folder)
    with leaf.given(name) as descriptor:
        files.decompress(path, descriptor)
    require_equal(manifest, leaf.run(partial(checked, leaf.seen / name, manifest, journal_mode)))


def checked(scratch: Path, manifest: dict[str, Any], journal_mode: str) -> Content:
    """Return what a restored file holds, once SQLite finds it whole."""
    if scratch.stat().st_size != manifest["artefact"]["uncompressed_size"]:
        name = manifest["artefact"]["name"]
        raise Failure(f"the artefact {name} decompresses to another size: use another backup")
    try:
        opening.set_journal_mode(scratch, journal_mode)
        with opening.open_copy(scratch) as connection:
            verdict.require_whole(connection, scratch, manifest["content"])
            itself = partial(sqlite_content.itself, scratch)
            return sqlite_content.read_content(connection, itself, manifest["content"])
    except sqlite3.OperationalError:
        raise  # the machine's trouble, a full disk say, not the backup's
    except (sqlite3.DatabaseError, Damaged) as error:
        what = getattr(error, "what", error)
        raise Failure(f"what was restored is damaged ({what}): use another backup") from error


def require_equal(manifest: dict[str, Any], found: Content) -> None:
    """Refuse what is not what the manifest says."""
    backup_manifest.require_none(sqlite_content.differences(manifest["content"], found))


def snapshot(place: Place, copy: Path) -> list[Any]:
    """Pin one state of the source, digest it and copy it, in one read transaction."""
    database = sqlite_place.located(place)
    files.settle(database)
    before = files.fingerprint(database)
    time.sleep(TICK_SECONDS)
    with opening.open_source(database) as source:
        opening.pin_snapshot(source)
        # read once for this, and once more for the copy
        aside = partial(opening.copied, source, copy.parent)
        content = sqlite_content.read_content(source, aside)
        histories = read_histories(source)
        journal_mode = str(sqlite_content.pragma(source, "journal_mode"))
        opening.copy_database(source, copy)
        source.execute("ROLLBACK")
    # After the last close, which may write; unequal means that somebody wrote meanwhile.
    after = files.fingerprint(database)
    return list(Snapshot(content, histories, journal_mode, after if after == before else None))


def check_copy(copy: Path, content: Content) -> list[str]:
    """Have SQLite look whether a copy is whole and of that; return what it could not check."""
    opening.set_journal_mode(copy, "delete")
    with opening.open_copy(copy) as connection:
        said = verdict.require_whole(connection, copy, content)
        violations, expected = (
            sqlite_content.count_violations(connection),
            content["foreign_key_violations"],
        )
    if violations != expected:
        raise Failure(f"the copy has {violations} foreign key violations, the source {expected}")
    pages = content.get("pages")
    if pages and {**pages, **sqlite_pages.digest(copy)} != pages:
        raise Failure("the copy has other pages than the source: look at the disk")
    return said


def room(folder: Path) -> int:
    """Return how large a file may become there: what says it is small may have grown since."""
    return shutil.disk_usage(folder).free - backup_files.SPACE_MARGIN


def compressed(leaf: Leaf, name: str, target: Path) -> int:
    """Compress a file of a leaf and remove it; return its size."""
    with leaf.taken(name) as descriptor:
        files.compress(descriptor, target)
        size = os.fstat(descriptor).st_size
    leaf.remove(name)  # its room is needed by the scratch database
    return size


def _describe(request: Request, snapshot: Snapshot, artefact: Path, size: int) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "app": request.app,
        "release": request.release,
        "commit": request.commit,
        "database": str(request.place.database),
        "revisions": sorted(name for one in asked() for name in snapshot.histories[one.name]),
        "histories": snapshot.histories,
        "journal_mode": snapshot.journal_mode,
        "source_fingerprint": snapshot.fingerprint,
        "content": snapshot.content,
        "artefact": {
            "name": artefact.name,
            "size": artefact.stat().st_size,
            "sha256": backup_files.sha256_of(artefact),
            "uncompressed_size": size,
        },
        "tools": {
            "python": sys.version.split()[0],
            "sqlite": sqlite3.sqlite_version,
            "zstd": backup_files.zstd_version(),
            "program_sha256": program_sha256("sqlite"),
        },
    }


def _take(request: Request, work: Path, artefact: Path) -> dict[str, Any]:
    """Take the backup up to the point where only the manifest is missing."""
    started, stages, place = utc_now(), Stages(), request.place
    leaf = Leaf(work / "leaf", place.user)
    copy = leaf.seen / "copy"
    with stages.stage("snapshot"):
        act = partial(snapshot, place, copy)
        found = Snapshot(*leaf.run(act, largest=room(work)))
    with stages.stage("check of the copy"):
        said = leaf.run(partial(check_copy, copy, found.content))
        unchecked = verdict.ask(request.own, leaf.folder, said) if said else None
    with stages.stage("compression"):
        size = compressed(leaf, "copy", work / "artefact")
        backup_files.move_durably(work / "artefact", artefact)
    with stages.stage("verification"):
        manifest = _describe(request, found, artefact, size)
        restore_to_scratch(manifest, artefact.parent, leaf, "scratch")
    return manifest | {
        "verified": True,
        "compared": verdict.compared(found.content, unchecked),
        "unchecked": unchecked,
        "started": started,
        "finished": utc_now(),
        "seconds": stages.seconds,
    }


def backup(request: Request) -> dict[str, Any]:
    """Take a backup; it exists if and only if its manifest does."""
    backup_manifest.require_name(request.name)
    size = app_child.run(request.place.user, partial(sqlite_place.size, request.place))
    backup_manifest.prepare_folder(request.into)
    artefact = request.into / f"{request.name}.sqlite.zst"
    path = request.into / f"{request.name}.json"
    with (
        backup_files.locked(request.into),
        backup_files.work_folder(request.into / ".sqlite_backup") as work,
    ):
        if path.exists():
            raise Failure(f"the backup {path} exists already: give another --name")
        artefact.unlink(missing_ok=True)  # without a manifest: a killed run's
        # The copy and the artefact, then the artefact and the scratch database.
        backup_files.require_space(request.into, 2 * size)
        try:
            manifest = _take(request, work, artefact)
            backup_manifest.write(manifest, path, work)
        except BaseException:
            path.unlink(missing_ok=True)
            artefact.unlink(missing_ok=True)
            raise
    return manifest | {"manifest": str(path)}


def verify(path: Path, user: str) -> dict[str, Any]:
    """Restore a backup into a scratch database and compare it with its manifest."""
    manifest = load_manifest(path)
    folder, stages = path.parent, Stages()
    with (
        backup_files.locked(folder),
        backup_files.work_folder(folder / ".sqlite_backup") as work,
        stages.stage("verification"),
    ):
        backup_files.require_space(folder, manifest["artefact"]["uncompressed_size"])
        restore_to_scratch(manifest, folder, Leaf(work / "leaf", user), "scratch")
    return {
        "manifest": str(path),
        "verified": True,
        "compared": manifest.get("compared", list(verdict.COMPARED)),
        "seconds": stages.seconds,
    }
