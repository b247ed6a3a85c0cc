"""Put a verified backup in the place of a database; a rerun completes a killed run."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from . import app_child, backup_files, backup_manifest, sqlite_files, sqlite_place, sqlite_swap
from .backup_manifest import Stages
from .changeover_files import Failure
from .sqlite_archive import load_manifest
from .sqlite_place import Place


def open_in(place: Place, but_unit: str = "") -> list[str]:
    """Return the processes that have a database open, but those of a unit."""
    found = app_child.run(place.user, partial(sqlite_place.identities, place, strict=True))
    return sqlite_files.holders(found, but_unit)


def _require_closed(place: Place) -> None:
    files = app_child.run(place.user, partial(sqlite_place.identities, place, strict=False))
    found = sqlite_files.holders(files)
    if found:
        raise Failure(f"still open in process {', '.join(found)}: stop it, then run this again")


def require_suffix(suffix: str) -> None:
    """Refuse what is no end of a file's name."""
    if "/" in suffix:
        raise Failure(f"{suffix!r} is no suffix of a file name: leave the slash out")


def restore(
    manifest_path: Path, place: Place, keep_as: str | None, unless_unchanged: bool = False
) -> dict[str, Any]:
    """Restore a backup beside the database, verify it there, then swap by rename."""
    manifest = load_manifest(manifest_path)
    suffix = keep_as or f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    require_suffix(suffix)
    told = {"manifest": str(manifest_path), "database": str(place.database)}
    # no lock where the app could hold one
    with backup_files.locked(manifest_path.parent):
        app_child.run(place.user, partial(sqlite_place.clear_way, place, suffix))
        _require_closed(place)
        noted = manifest["source_fingerprint"]
        begun = app_child.run(
            place.user, partial(sqlite_swap.begin, place, noted, unless_unchanged)
        )
        if begun["unchanged"]:
            return {**told, "unchanged": True}
        try:
            replaced, stages = _put(manifest, manifest_path.parent, place, suffix, begun["earlier"])
        finally:
            app_child.run(place.user, partial(sqlite_swap.clear, place))
    return {
        **told,
        "replaced": replaced or begun["earlier"],
        "verified": True,
        "seconds": stages.seconds,
    }


def _put(
    manifest: dict[str, Any], folder: Path, place: Place, suffix: str, earlier: str | None
) -> tuple[str | None, Stages]:
    stages = Stages()
    with stages.stage("verification"):
        artefact = backup_manifest.require_artefact(manifest, folder)
        with sqlite_files.decompressed(artefact) as stream:
            app_child.run(
                place.user,
                partial(sqlite_swap.build, place, manifest, stream, earlier),
                keep=[stream],
                largest=manifest["artefact"]["uncompressed_size"] + backup_files.SPACE_MARGIN,
            )
    _require_closed(place)  # once more: verifying takes a while
    with stages.stage("swap"):
        replaced = app_child.run(place.user, partial(sqlite_swap.swap, place, suffix, earlier))
    return replaced, stages
