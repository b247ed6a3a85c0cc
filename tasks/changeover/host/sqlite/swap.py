"""
Putting a database in the place of another, as the app's user; a rerun completes a killed run.

It happens in the app's own folder. Of what lies there nothing is trusted: new files have names that
nobody can guess, and what a killed run had in hand is told by root (``note.py``).
"""

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..backup import files as backup_files
from ..files import Failure
from . import archive
from .files import COMPANIONS, companion, file_state, fingerprint
from .note import Aside, Note
from .place import Place, any_exists, files, free, located, located_to_replace

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_SUFFIXES = ("", *COMPANIONS)


def begin(place: Place, unchanged_since: Any, note: Note | None) -> dict[str, Any]:
    """
    Finish what a killed run began; tell what it moved aside, and whether nothing was written.

    Raises Failure where nothing can be put in place.
    """
    database = located_to_replace(place)
    folder = database.parent
    if not folder.is_dir():
        raise Failure(f"the folder {folder} is missing: make it, with the app's user as owner")
    earlier = None
    if note:
        _remove(database.with_name(note["new"]))
        earlier = _finish_interrupted(database, note["aside"]) if note["aside"] else None
    began = note and note["aside"]
    same = not began and _is_same(place, unchanged_since)
    return {"earlier": earlier, "unchanged": same}


def _is_same(place: Place, since: Any) -> bool:
    """Tell whether nothing was written since, and nothing stands in the way of opening it."""
    try:
        return bool(since) and since == fingerprint(located(place))
    except Failure:
        return False


def build(
    place: Place, name: str, manifest: dict[str, Any], stream: int, earlier: str | None
) -> None:
    """Write what comes as a stream beside the database, and see that it is what was backed up."""
    database, size = located_to_replace(place), manifest["artefact"]["uncompressed_size"]
    backup_files.require_space(database.parent, size)
    new = database.with_name(name)
    with (
        os.fdopen(os.open(new, _NEW, 0o600), "wb") as target,
        os.fdopen(stream, "rb", closefd=False) as source,
    ):
        # the folder may have a list of rights for new files
        os.fchmod(target.fileno(), 0o600)
        shutil.copyfileobj(source, target, 1 << 20)
    mode = "wal" if manifest["journal_mode"] == "wal" else "delete"
    archive.require_equal(manifest, archive.checked(new, manifest, mode))
    old = [database, *([database.with_name(earlier)] if earlier else [])]
    _dress(new, next((one for one in old if _is_plain(one)), database.parent))


def plan(place: Place, suffix: str, earlier: str | None) -> Aside:
    """Tell what is to be moved aside, and to which name."""
    database = located_to_replace(place)
    moved = any_exists(database)
    return {
        "replaced": earlier if earlier and not moved else free(database, suffix).name,
        "moved": moved,
        "files": {suffix_: file_state(companion(database, suffix_)) for suffix_ in COMPANIONS},
    }


def swap(place: Place, name: str, replaced: str) -> str:
    """Move the database aside and the new one in its place; return where it was moved."""
    database = located_to_replace(place)
    with _entered(database.parent) as folder:
        # Stops before the first rename: nothing was moved; the rerun begins again.
        # Stops after it: the note tells the rerun which name the database got. No database is
        # there, so the rerun moves the rest to the same name: left in place they would be
        # replayed into the new database.
        for suffix in _SUFFIXES:
            _move(folder, database.name + suffix, replaced + suffix)
        os.fsync(folder)
        # Stops here: the database is missing, the replaced one is whole; rerun.
        os.rename(name, database.name, src_dir_fd=folder, dst_dir_fd=folder)
        # Stops here: done; a rerun restores once more and keeps what is there now.
        os.fsync(folder)
    return str(database.with_name(replaced))


def set_aside(place: Place, suffix: str) -> list[str]:
    """Rename a database with its companions, whatever they are; the file itself last."""
    database = located_to_replace(place)
    kept = free(database, suffix)
    with _entered(database.parent) as folder:
        return [
            str(companion(kept, end))
            for end in reversed(_SUFFIXES)
            if _move(folder, database.name + end, kept.name + end)
        ]


def clear(place: Place, name: str) -> None:
    """Remove what is unfinished."""
    with contextlib.suppress(Failure, OSError):
        _remove(located_to_replace(place).with_name(name))


def _remove(new: Path) -> None:
    """Remove a file that was being written, with what SQLite makes beside one."""
    for path in files(new):
        with contextlib.suppress(OSError):  # it is in nobody's way
            path.unlink()


def _is_plain(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def _entered(folder: Path) -> Iterator[int]:
    """Open a folder that was located. Raises Failure where its name leads elsewhere by now."""
    descriptor = os.open(folder, _FOLDER)
    try:
        # what may move things of others must not be led to them
        if Path(f"/proc/self/fd/{descriptor}").readlink() != folder:
            raise Failure(
                f"{folder} was replaced meanwhile: stop what does so, then run this again"
            )
        yield descriptor
    finally:
        os.close(descriptor)


def _move(folder: int, name: str, to: str) -> bool:
    """Rename within a folder, whatever it is; tell whether there was anything."""
    try:
        os.rename(name, to, src_dir_fd=folder, dst_dir_fd=folder)
    except FileNotFoundError:
        return False
    return True


def _finish_interrupted(database: Path, aside: Aside) -> str | None:
    """Give a database that a killed run moved aside the rest of its files."""
    replaced = aside["replaced"]
    if os.path.lexists(database) or not os.path.lexists(database.with_name(replaced)):
        return None  # the killed run had not moved it yet, or had finished
    with _entered(database.parent) as folder:
        for suffix in COMPANIONS:
            state = file_state(companion(database, suffix))
            # Only the very file that was noted: the log of another database would ruin this one.
            if state and state == aside["files"].get(suffix):
                _move(folder, database.name + suffix, replaced + suffix)
        os.fsync(folder)
    return replaced


def _dress(new: Path, like: Path) -> None:
    """Give the new file the mode of the one it replaces, and its owner as far as we may."""
    status = like.lstat()
    # A database that never was: for its owner and his group. One that its owner could not open
    # would be no database.
    mode = 0o640 if like.is_dir() else status.st_mode & 0o777 | 0o600
    descriptor = os.open(new, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        if os.geteuid() == 0:
            os.fchown(descriptor, status.st_uid, status.st_gid)
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
