"""Put a verified backup in the place of a database; a rerun completes a killed run."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import backup_files, sqlite_archive, sqlite_files
from .backup_manifest import Stages
from .changeover_files import Failure, sync
from .sqlite_files import COMPANIONS, companion, file_state


def _all_files(database: Path) -> list[Path]:
    return [database, *(companion(database, suffix) for suffix in COMPANIONS)]


def _any_exists(database: Path) -> bool:
    return any(file.exists() for file in _all_files(database))


def _free_name(database: Path, suffix: str) -> Path:
    """Return a name under which neither a database nor a companion exists."""
    wanted = companion(database, f".{suffix}")
    name, number = wanted, 1
    while _any_exists(name):
        number += 1
        name = companion(wanted, f"-{number}")
    return name


def _require_closed(database: Path) -> None:
    found = sqlite_files.holders(_all_files(database))
    if found:
        raise Failure(f"still open in process {', '.join(found)}: stop it, then run this again")


def _move_companions(database: Path, replaced: Path) -> None:
    for suffix in COMPANIONS:
        file = companion(database, suffix)
        if file.exists():
            file.rename(companion(replaced, suffix))


def _write_intent(intent: Path, work: Path, database: Path, replaced: Path) -> None:
    """Note durably what is about to be moved where."""
    files = {suffix: file_state(companion(database, suffix)) for suffix in COMPANIONS}
    unfinished = work / "intent"
    unfinished.write_text(json.dumps({"replaced": replaced.name, "files": files}))
    backup_files.move_durably(unfinished, intent)


def _finish_interrupted(database: Path, intent: Path) -> Path | None:
    """Give a database that a killed run moved aside the rest of its files."""
    try:
        noted = json.loads(intent.read_bytes())
        replaced, files = database.with_name(noted["replaced"]), noted["files"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise Failure(f"{intent} is not readable: look at it and move it away") from None
    if database.exists() or not replaced.exists():
        return None  # the killed run had not moved it yet, or had finished
    for suffix in COMPANIONS:
        state = file_state(companion(database, suffix))
        # Only the very file that was noted: the log of another database would ruin this one.
        if state and state == files.get(suffix):
            companion(database, suffix).rename(companion(replaced, suffix))
    sync(database.parent)
    return replaced


def _dress(new: Path, like: Path) -> None:
    """Give the new file owner, group and mode of the one it replaces."""
    status = like.stat()
    # A database that never was: for the owner of the folder and his group.
    mode = 0o640 if like.is_dir() else status.st_mode & 0o777
    descriptor = os.open(new, os.O_RDONLY)
    try:
        os.fchown(descriptor, status.st_uid, status.st_gid)
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _swap(new: Path, database: Path, replaced: Path, intent: Path) -> Path | None:
    """Move the database aside and the new one in its place."""
    # Stops before the first rename: nothing was moved; the rerun begins again.
    _write_intent(intent, new.parent, database, replaced)
    moved = _any_exists(database)
    if database.exists():
        # Stops before or after: the intent tells the rerun which name it got.
        database.rename(replaced)
    # Stops among these: no database is there, so the rerun moves the rest to the
    # same name. Left in place they would be replayed into the new database.
    _move_companions(database, replaced)
    sync(database.parent)
    # Stops here: the database is missing, the replaced one is whole; rerun.
    new.rename(database)
    # Stops here: done; a rerun restores once more and keeps what is there now.
    sync(database.parent)
    intent.unlink()
    return replaced if moved else None


def restore(
    manifest_path: Path, database: Path, keep_as: str | None, unless_unchanged: bool = False
) -> dict[str, Any]:
    """Restore a backup beside the database, verify it there, then swap by rename."""
    manifest = sqlite_archive.load_manifest(manifest_path)
    stages, folder = Stages(), database.parent
    if database.exists() and not database.is_file():
        raise Failure("this is not a file: check the path")
    if not folder.is_dir():
        raise Failure(f"the folder {folder} is missing: make it, with the app's user as owner")
    suffix = keep_as or f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    if "/" in suffix:
        raise Failure(f"{suffix!r} is no suffix of a file name: leave the slash out")
    # Outside of the work folder: it must outlive a failure between two renames.
    intent = folder / f".{database.name}.restore.json"
    with backup_files.locked(folder):
        _require_closed(database)
        earlier = _finish_interrupted(database, intent)
        same = manifest["source_fingerprint"] == sqlite_files.fingerprint(database)
        if unless_unchanged and same and not intent.exists():
            return {"manifest": str(manifest_path), "database": str(database), "unchanged": True}
        with backup_files.work_folder(folder / f".{database.name}.restore") as work:
            new = work / "new"
            backup_files.require_space(folder, manifest["artefact"]["uncompressed_size"])
            mode = "wal" if manifest["journal_mode"] == "wal" else "delete"
            with stages.stage("verification"):
                sqlite_archive.restore_to_scratch(manifest, manifest_path.parent, new, mode)
            _dress(new, database if database.exists() else earlier or folder)
            _require_closed(database)  # once more: verifying takes a while
            with stages.stage("swap"):
                aside = None if _any_exists(database) else earlier
                replaced = _swap(new, database, aside or _free_name(database, suffix), intent)
    kept = replaced or earlier
    return {
        "manifest": str(manifest_path),
        "database": str(database),
        "replaced": str(kept) if kept else None,
        "verified": True,
        "seconds": stages.seconds,
    }
