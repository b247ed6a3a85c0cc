"""Backups that were restored once before they count: taking them and verifying them."""

import contextlib
import hashlib
import json
import re
import sqlite3
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from . import sqlite_content, sqlite_files
from .changeover_files import Failure
from .sqlite_content import Content
from .sqlite_files import Fingerprint

FORMAT = 1
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
COMPARED = [
    "artefact size and sha256",
    "integrity_check",
    "rows and digest of every table",
    "schema digest",
    "foreign key violations",
    "page size, encoding, user_version, application_id",
]
# Longer than the clock tick of file times, so that a write after it always shows.
TICK_SECONDS = 0.02

REQUIRED = {
    "artefact": {"name", "size", "sha256", "uncompressed_size"},
    "content": set(Content.__annotations__),
}


class Stages:
    """Seconds per stage; an error is told in which stage it happened."""

    def __init__(self) -> None:
        """Begin with none."""
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage."""
        start = time.monotonic()
        try:
            yield
        except Exception as error:
            error.add_note(name)
            raise
        finally:
            self.seconds[name] = round(time.monotonic() - start, 3)


class Request(NamedTuple):
    """What to back up, where to, and for whom."""

    database: Path
    into: Path
    name: str
    app: str
    release: str
    commit: str
    revision_table: str


class Snapshot(NamedTuple):
    """One state of the source database."""

    content: Content
    revisions: list[str]
    journal_mode: str
    fingerprint: Fingerprint | None


def utc_now() -> str:
    """Return the time in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _seal(manifest: dict[str, Any]) -> str:
    """Return the digest of a manifest without its seal."""
    body = {key: value for key, value in manifest.items() if key != "manifest_sha256"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def load_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest and refuse one that is damaged or was edited."""
    try:
        manifest = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise Failure(f"there is no manifest {path}: check the path") from None
    except ValueError as error:
        raise Failure(
            f"the manifest {path} is not readable ({error}): use another backup"
        ) from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise Failure(f"the manifest {path} is not of format {FORMAT}: use another backup")
    if manifest.get("manifest_sha256") != _seal(manifest):
        raise Failure(f"the manifest {path} was changed after it was written: use another backup")
    for key, fields in REQUIRED.items():
        if not isinstance(manifest.get(key), dict) or not fields <= manifest[key].keys():
            raise Failure(f"the manifest {path} is incomplete in {key}: use another backup")
    return manifest


def _scratch_copy(manifest: dict[str, Any], folder: Path, scratch: Path) -> None:
    """Decompress the artefact that a manifest names, if it is the very one."""
    artefact = manifest["artefact"]
    path = folder / Path(artefact["name"]).name
    if not path.is_file():
        raise Failure(f"the artefact {path} is missing: use another backup")
    if path.stat().st_size != artefact["size"]:
        raise Failure(
            f"the artefact {path} has {path.stat().st_size} bytes, expected"
            f" {artefact['size']}: use another backup"
        )
    if sqlite_files.sha256_of(path) != artefact["sha256"]:
        raise Failure(f"the artefact {path} has another SHA-256: use another backup")
    sqlite_files.decompress(path, scratch)
    if scratch.stat().st_size != artefact["uncompressed_size"]:
        raise Failure(f"the artefact {path} decompresses to another size: use another backup")


def restore_to_scratch(
    manifest: dict[str, Any], folder: Path, scratch: Path, journal_mode: str = "delete"
) -> None:
    """Restore the artefact of a manifest into a scratch file and compare everything."""
    _scratch_copy(manifest, folder, scratch)
    try:
        sqlite_content.set_journal_mode(scratch, journal_mode)
        with sqlite_content.open_copy(scratch) as connection:
            sqlite_content.require_integrity(connection)
            found = sqlite_content.read_content(connection)
    except sqlite3.OperationalError:
        raise  # the machine's trouble, a full disk say, not the backup's
    except sqlite3.DatabaseError as error:
        raise Failure(f"what was restored is damaged ({error}): use another backup") from error
    said = sqlite_content.differences(manifest["content"], found)
    if said:
        raise Failure("the restored content differs: " + "; ".join(said) + ": use another backup")


def _snapshot(request: Request, copy: Path) -> Snapshot:
    """Pin one state of the source, digest it and copy it, in one read transaction."""
    before = sqlite_files.fingerprint(request.database)
    time.sleep(TICK_SECONDS)
    with sqlite_content.open_source(request.database) as source:
        sqlite_content.pin_snapshot(source)
        content = sqlite_content.read_content(source)
        revisions = sqlite_content.read_revisions(source, request.revision_table)
        journal_mode = str(sqlite_content.pragma(source, "journal_mode"))
        sqlite_content.copy_database(source, copy)
        source.execute("ROLLBACK")
    # After the last close, which may write; unequal means that somebody wrote meanwhile.
    after = sqlite_files.fingerprint(request.database)
    return Snapshot(content, revisions, journal_mode, after if after == before else None)


def _check_copy(copy: Path, snapshot: Snapshot) -> None:
    sqlite_content.set_journal_mode(copy, "delete")
    with sqlite_content.open_copy(copy) as connection:
        sqlite_content.require_integrity(connection)
        violations = sqlite_content.count_violations(connection)
    expected = snapshot.content["foreign_key_violations"]
    if violations != expected:
        raise Failure(f"the copy has {violations} foreign key violations, the source {expected}")


def _program_sha256() -> str:
    """Return a digest over the modules of this program."""
    digest = hashlib.sha256()
    for name, module in sorted(sys.modules.items()):
        if name.startswith(f"{__package__}.sqlite_") and module.__file__:
            digest.update(Path(module.__file__).read_bytes())
    return digest.hexdigest()


def _describe(request: Request, snapshot: Snapshot, artefact: Path, size: int) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "app": request.app,
        "release": request.release,
        "commit": request.commit,
        "database": str(request.database),
        "revision_table": request.revision_table,
        "revisions": snapshot.revisions,
        "journal_mode": snapshot.journal_mode,
        "source_fingerprint": snapshot.fingerprint,
        "content": snapshot.content,
        "artefact": {
            "name": artefact.name,
            "size": artefact.stat().st_size,
            "sha256": sqlite_files.sha256_of(artefact),
            "uncompressed_size": size,
        },
        "tools": {
            "python": sys.version.split()[0],
            "sqlite": sqlite3.sqlite_version,
            "zstd": sqlite_files.zstd_version(),
            "program_sha256": _program_sha256(),
        },
    }


def _write_manifest(manifest: dict[str, Any], path: Path, work: Path) -> None:
    manifest["manifest_sha256"] = _seal(manifest)
    unfinished = work / "manifest"
    unfinished.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    sqlite_files.move_durably(unfinished, path)


def _take(request: Request, work: Path, artefact: Path) -> dict[str, Any]:
    """Take the backup up to the point where only the manifest is missing."""
    started, stages = utc_now(), Stages()
    copy, compressed, scratch = work / "copy", work / "artefact", work / "scratch"
    with stages.stage("snapshot"):
        snapshot = _snapshot(request, copy)
    with stages.stage("check of the copy"):
        _check_copy(copy, snapshot)
    with stages.stage("compression"):
        sqlite_files.compress(copy, compressed)
        size = copy.stat().st_size
        copy.unlink()  # its room is needed by the scratch database
        sqlite_files.move_durably(compressed, artefact)
    with stages.stage("verification"):
        manifest = _describe(request, snapshot, artefact, size)
        restore_to_scratch(manifest, artefact.parent, scratch)
    return manifest | {
        "verified": True,
        "compared": COMPARED,
        "started": started,
        "finished": utc_now(),
        "seconds": stages.seconds,
    }


def _prepare_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        raise Failure(f"{folder} is open to other users: run chmod 700 {folder}")


def backup(request: Request) -> dict[str, Any]:
    """Take a backup; it exists if and only if its manifest does."""
    if not NAME.fullmatch(request.name):
        raise Failure(f"{request.name!r} is no file name: use letters, digits, dot, dash")
    sqlite_content.require_database(request.database)
    _prepare_folder(request.into)
    artefact = request.into / f"{request.name}.sqlite.zst"
    path = request.into / f"{request.name}.json"
    with (
        sqlite_files.locked(request.into),
        sqlite_files.work_folder(request.into / ".sqlite_backup") as work,
    ):
        if path.exists():
            raise Failure(f"the backup {path} exists already: give another --name")
        artefact.unlink(missing_ok=True)  # without a manifest: a killed run's
        wal = sqlite_files.companion(request.database, "-wal")
        size = sum(file.stat().st_size for file in (request.database, wal) if file.exists())
        # The copy and the artefact, then the artefact and the scratch database.
        sqlite_files.require_space(request.into, 2 * size)
        try:
            manifest = _take(request, work, artefact)
            _write_manifest(manifest, path, work)
        except BaseException:
            path.unlink(missing_ok=True)
            artefact.unlink(missing_ok=True)
            raise
    return manifest | {"manifest": str(path)}


def verify(path: Path) -> dict[str, Any]:
    """Restore a backup into a scratch database and compare it with its manifest."""
    manifest = load_manifest(path)
    folder, stages = path.parent, Stages()
    with (
        sqlite_files.locked(folder),
        sqlite_files.work_folder(folder / ".sqlite_backup") as work,
        stages.stage("verification"),
    ):
        sqlite_files.require_space(folder, manifest["artefact"]["uncompressed_size"])
        restore_to_scratch(manifest, folder, work / "scratch")
    return {
        "manifest": str(path),
        "verified": True,
        "compared": COMPARED,
        "seconds": stages.seconds,
    }
