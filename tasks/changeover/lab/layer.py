"""Layers: disks of prepared hosts, kept for new hosts to begin with."""

import json
from pathlib import Path

from changeover.lab import base, state
from changeover.lab.command import run
from changeover.lab.errors import LabError
from changeover.lab.files import locked, remove, write


def folder() -> Path:
    """Return where the layers are kept."""
    return base.PLACE / "layers"


def _description(name: str) -> dict[str, str | None] | None:
    try:
        kept: dict[str, str | None] = json.loads((folder() / name / "layer.json").read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    return kept


def exists(name: str) -> bool:
    """Tell whether a layer is there and fits the present base."""
    kept = _description(name)
    if kept is None or kept["base"] != base.recipe_hash():
        return False
    return kept["below"] is None or exists(kept["below"])


def listed() -> list[str]:
    """Return the names of the layers that fit the present base."""
    found = (path.name for path in folder().glob("*") if not path.name.startswith("."))
    return sorted(name for name in found if exists(name))


def trees(name: str | None) -> list[Path]:
    """Return the file trees of a layer and of those it stands on, the topmost first."""
    if name is None:
        return []
    kept = _description(name)
    if kept is None or not exists(name):
        raise LabError(f"there is no layer {name!r} above the present base")
    return [folder() / name / "tree", *trees(kept["below"])]


def keep(name: str, upper: Path, below: str | None) -> Path:
    """Make a layer of a copy of what a stopped host wrote; return the layer's tree."""
    building = folder() / f".{name}"
    description = {"base": base.recipe_hash(), "below": below}
    with locked("layers"):
        for abandoned in folder().glob(".*"):
            remove(abandoned)
        write(building / "layer.json", json.dumps(description) + "\n")
        # With the extended attributes in which an overlay notes what was moved or removed.
        run(["cp", "--archive", str(upper), str(building / "tree")])
        building.rename(folder() / name)
    return folder() / name / "tree"


def make_room(name: str) -> None:
    """Make sure that a layer of this name can be kept: an older one is dropped."""
    plain = name.replace("-", "").replace("_", "").replace(".", "")
    if not (plain.isascii() and plain.isalnum()) or name.startswith("."):
        raise LabError(f"{name!r} is no layer name: use letters, digits, '-', '_' and '.'")
    drop(name)


def drop(name: str) -> None:
    """Remove a layer that nothing stands on; one that is not there is no error."""
    users = [record.name for record in state.all_records() if record.layer == name]
    users += [
        f"layer {path.name}"
        for path in folder().glob("*")
        if (_description(path.name) or {}).get("below") == name
    ]
    if users:
        raise LabError(f"layer {name!r} is in use by {', '.join(users)}")
    remove(folder() / name)
