"""
Putting a database in the place of another, as the app's user; a rerun completes a killed run.

All of it happens in the app's own folder, with the app's own rights.
"""

import contextlib
import json
import os
import shutil
import stat
from pathlib import Path
from typing import Any

from . import app_child, backup_files, sqlite_archive
from .changeover_files import Failure, sync
from .sqlite_files import COMPANIONS, companion, file_state, fingerprint
from .sqlite_place import Place, any_exists, free, located_to_replace


def begin(place: Place, noted: Any, unless_unchanged: bool) -> dict[str, Any]:
    """
    Finish what a killed run began; tell what it moved aside, and whether all is as ``noted``.

    Raises Failure where nothing can be put in place.
    """
    database = located_to_replace(place)
    folder = database.parent
    if not folder.is_dir():
        raise Failure(f"the folder {folder} is missing: make it, with the app's user as owner")
    intent = _intent(database)
    earlier = _finish_interrupted(database, intent)
    same = unless_unchanged and noted == fingerprint(database) and not intent.exists()
    return {"earlier": str(earlier) if earlier else None, "unchanged": bool(same)}


def build(place: Place, manifest: dict[str, Any], stream: int, earlier: str | None) -> None:
    """Write what comes as a stream beside the database, and see that it is what was backed up."""
    database, size = located_to_replace(place), manifest["artefact"]["uncompressed_size"]
    backup_files.require_space(database.parent, size)
    work = _work(database)
    _remove(work)
    work.mkdir(mode=0o700)
    new = work / "new"
    with new.open("xb") as target, os.fdopen(stream, "rb", closefd=False) as source:
        shutil.copyfileobj(source, target, 1 << 20)
    mode = "wal" if manifest["journal_mode"] == "wal" else "delete"
    sqlite_archive.require_equal(manifest, sqlite_archive.checked(new, manifest, mode))
    like = next((one for one in (database, earlier) if one and _is_plain(Path(one))), None)
    _dress(new, Path(like or database.parent))


def swap(place: Place, suffix: str, earlier: str | None) -> str | None:
    """Move the database aside and the new one in its place; return where it was moved."""
    database = located_to_replace(place)
    intent, new = _intent(database), _work(database) / "new"
    moved = any_exists(database)
    replaced = Path(earlier) if earlier and not moved else free(database, suffix)
    # Stops before the first rename: nothing was moved; the rerun begins again.
    _write_intent(intent, new.parent, database, replaced)
    if os.path.lexists(database):
        # Stops before or after: the intent tells the rerun which name it got.
        database.rename(replaced)
    # Stops among these: no database is there, so the rerun moves the rest to the
    # same name. Left in place they would be replayed into the new database.
    for suffix_ in COMPANIONS:
        if os.path.lexists(companion(database, suffix_)):
            companion(database, suffix_).rename(companion(replaced, suffix_))
    sync(database.parent)
    # Stops here: the database is missing, the replaced one is whole; rerun.
    new.rename(database)
    # Stops here: done; a rerun restores once more and keeps what is there now.
    sync(database.parent)
    intent.unlink()
    return str(replaced) if moved else None


def clear(place: Place) -> None:
    """Remove unfinished files, if they are ours."""
    with contextlib.suppress(Failure, OSError):
        _remove(_work(located_to_replace(place)))


def _remove(path: Path) -> None:
    """Remove what may be left; the app's own user removes whatever the app put there."""
    if not app_child.is_inside():
        backup_files.remove_work_folder(path)
    elif path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _is_plain(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _intent(database: Path) -> Path:
    # Outside of the work folder: it must outlive a failure between two renames.
    return database.with_name(f".{database.name}.restore.json")


def _work(database: Path) -> Path:
    return database.with_name(f".{database.name}.restore")


def _write_intent(intent: Path, work: Path, database: Path, replaced: Path) -> None:
    """Note durably what is about to be moved where."""
    noted = {suffix: file_state(companion(database, suffix)) for suffix in COMPANIONS}
    unfinished = work / "intent"
    unfinished.write_text(json.dumps({"replaced": replaced.name, "files": noted}))
    backup_files.move_durably(unfinished, intent)


def _finish_interrupted(database: Path, intent: Path) -> Path | None:
    """Give a database that a killed run moved aside the rest of its files."""
    if app_child.is_inside() and os.path.lexists(intent) and not _is_plain(intent):
        _remove(intent)
    try:
        noted = json.loads(intent.read_bytes())
        replaced, found = database.with_name(noted["replaced"]), noted["files"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        if app_child.is_inside():
            return None  # ours is written whole or not at all: this is the app's
        raise Failure(f"{intent} is not readable: look at it and move it away") from None
    if os.path.lexists(database) or not os.path.lexists(replaced):
        return None  # the killed run had not moved it yet, or had finished
    for suffix in COMPANIONS:
        state = file_state(companion(database, suffix))
        # Only the very file that was noted: the log of another database would ruin this one.
        if state and state == found.get(suffix):
            companion(database, suffix).rename(companion(replaced, suffix))
    sync(database.parent)
    return replaced


def _dress(new: Path, like: Path) -> None:
    """Give the new file the mode of the one it replaces, and its owner as far as we may."""
    status = like.lstat()
    # A database that never was: for its owner and his group.
    mode = 0o640 if like.is_dir() else status.st_mode & 0o777
    descriptor = os.open(new, os.O_RDONLY)
    try:
        if os.geteuid() == 0:
            os.fchown(descriptor, status.st_uid, status.st_gid)
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
