"""Put a verified backup in the place of a database; a rerun completes a killed run."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from ..app import child as app_child
from ..backup import files as backup_files
from ..backup import manifest as backup_manifest
from ..backup.manifest import Stages
from ..files import Failure
from . import files as sqlite_files
from . import folders, note, swap
from . import place as sqlite_place
from .archive import load_manifest
from .note import Aside
from .place import Place


def open_in(place: Place) -> list[str]:
    """Return the processes that have a database open."""
    found = app_child.run(place.user, partial(sqlite_place.identities, place, strict=True))
    return sqlite_files.holders(found)


def _require_closed(place: Place, in_spite: bool) -> None:
    files = app_child.run(place.user, partial(sqlite_place.identities, place, strict=False))
    # an app can hand an open file to anybody; who is neither root nor the app reaches no other file
    found = sqlite_files.holders(files, roots=in_spite)
    if found:
        raise Failure(f"still open in process {', '.join(found)}: stop it, then run this again")


def require_suffix(suffix: str) -> None:
    """Refuse what is no end of a file's name."""
    if "/" in suffix:
        raise Failure(f"{suffix!r} is no suffix of a file name: leave the slash out")


def restore(
    manifest_path: Path,
    place: Place,
    keep_as: str | None,
    *,
    unless_unchanged: bool = False,
    in_spite: bool = False,
) -> dict[str, Any]:
    """
    Restore a backup beside the database, verify it there, then swap by rename.

    A database that somebody has open is refused; ``in_spite`` only one that root has open.
    """
    manifest = load_manifest(manifest_path)
    suffix = keep_as or f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    require_suffix(suffix)
    told = {"manifest": str(manifest_path), "database": str(place.database)}
    noted = note.path(manifest_path.parent, place.database)
    # no lock where the app could hold one
    with backup_files.locked(manifest_path.parent):
        app_child.run(place.user, partial(folders.clear, place, suffix))
        _require_closed(place, in_spite)
        since = manifest["source_fingerprint"] if unless_unchanged else None
        begun = _moving(place, partial(swap.begin, place, since, note.read(noted)))
        if begun["unchanged"]:
            note.clear(noted)
            return {**told, "unchanged": True}
        work = _Work(manifest, manifest_path.parent, place, noted, in_spite)
        replaced, stages = _put(work, suffix, begun["earlier"])
    return {**told, "replaced": replaced, "verified": True, "seconds": stages.seconds}


class _Work(NamedTuple):
    """One restore: what of, where to, and where it is noted."""

    manifest: dict[str, Any]
    backups: Path
    place: Place
    noted: Path
    in_spite: bool


def _moving(place: Place, act: Callable[[], Any]) -> Any:
    """Do what renames files, among them such as are not the app's own."""
    return app_child.run(place.user, act, moves=True)


def _put(work: _Work, suffix: str, earlier: str | None) -> tuple[str | None, Stages]:
    place, stages = work.place, Stages()
    # a name that the app cannot have taken
    name = f".restore-{secrets.token_hex(8)}"
    aside: Aside | None = None
    note.write(work.noted, {"new": name, "aside": None})
    try:
        with stages.stage("verification"):
            _build(work, name, earlier)
        _require_closed(place, work.in_spite)  # once more: verifying takes a while
        with stages.stage("swap"):
            aside = _moving(place, partial(swap.plan, place, suffix, earlier))
            note.write(work.noted, {"new": name, "aside": aside})
            replaced = _moving(place, partial(swap.swap, place, name, aside["replaced"]))
    except BaseException:
        app_child.run(place.user, partial(swap.clear, place, name))
        if not aside:  # else the rerun has to know what was moved
            note.clear(work.noted)
        raise
    note.clear(work.noted)
    return replaced if aside["moved"] or earlier else None, stages


def _build(work: _Work, name: str, earlier: str | None) -> None:
    artefact = backup_manifest.require_artefact(work.manifest, work.backups)
    with sqlite_files.decompressed(artefact) as stream:
        app_child.run(
            work.place.user,
            partial(swap.build, work.place, name, work.manifest, stream, earlier),
            keep=[stream],
            largest=work.manifest["artefact"]["uncompressed_size"] + backup_files.SPACE_MARGIN,
        )


def set_aside(place: Place, suffix: str) -> list[str]:
    """Rename a database out of the way; return where its files are."""
    require_suffix(suffix)
    app_child.run(place.user, partial(folders.clear, place, suffix))
    return list(_moving(place, partial(swap.set_aside, place, suffix)))
