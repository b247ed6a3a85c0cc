"""A project of a user's own: what ``changeover new`` writes."""

import importlib.metadata
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

_HERE = Path(__file__).parent
_CHECKOUT = _HERE.parents[2]
# what people run is the same in every project; a checkout has it at its top
SAME = (
    "config.py",
    *(
        f"deploys/{name}.py"
        for name in ("maintenance", "provision", "release", "rollback", "status", "undo")
    ),
)
# a file whose name begins with a dot would count for this folder itself
_NAMES = {"gitignore": ".gitignore"}


class ProjectError(Exception):
    """A project cannot be written there."""


def write(directory: Path) -> list[Path]:
    """
    Write a project into a folder, as a whole or not at all; return the paths of its files.

    Raises ProjectError where the folder has something in it, or cannot be made.
    """
    try:
        if directory.is_dir() and any(directory.iterdir()):
            raise ProjectError(f"{directory} is not empty: name a folder that is not there yet")
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".changeover.", dir=directory.parent) as scratch:
            made = Path(scratch, "project")
            paths = [_copy(source, made / path) for path, source in _files()]
            (made / "secrets").mkdir(mode=0o700)
            os.replace(made, directory)  # noqa: PTH105 - onto an empty folder too
    except OSError as error:
        raise ProjectError(f"{directory}: {error.strerror or error}") from error
    return sorted(path.relative_to(made) for path in paths)


def requirement() -> str:
    """Return how a project asks for the very Changeover that is installed."""
    found = importlib.metadata.distribution("changeover")
    origin = json.loads(found.read_text("direct_url.json") or "{}")
    if "vcs_info" in origin:
        about = origin["vcs_info"]
        return f"changeover[checks] @ {about['vcs']}+{origin['url']}@{about['commit_id']}"
    if origin.get("url", "").startswith("https://"):
        return f"changeover[checks] @ {origin['url']}"
    return f"changeover[checks] == {found.version}"


def folder_of_wheel() -> str:
    """Return the folder of the file that Changeover was installed from, "" where it was none."""
    found = importlib.metadata.distribution("changeover")
    url = json.loads(found.read_text("direct_url.json") or "{}").get("url", "")
    path = unquote(urlsplit(url).path) if url.startswith("file://") else ""
    return str(Path(path).parent) if path.endswith(".whl") else ""


def _files() -> Iterator[tuple[str, Path]]:
    for path in SAME:
        packaged = _HERE / path
        yield path, packaged if packaged.exists() else _CHECKOUT / path
    for source in sorted(_HERE.rglob("*")):
        if source.is_file() and "__pycache__" not in source.parts and source != Path(__file__):
            path = str(source.relative_to(_HERE).with_name(_NAMES.get(source.name, source.name)))
            if path not in SAME:
                yield path.removesuffix(".in"), source


def _copy(source: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ".in":
        target.write_text(source.read_text().replace("@REQUIREMENT@", requirement()))
    else:
        shutil.copyfile(source, target)
    return target
