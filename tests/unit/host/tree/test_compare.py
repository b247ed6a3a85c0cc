"""What is written and is not the commit is seen, by git's own ids."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from changeover.host.files import Failure
from changeover.host.tree import write as tree_write
from changeover.host.tree.look import SurveyRequest
from tests.unit.host.forge import Files, Forge, Link, Module, Program, modules
from tests.unit.host.treeing import Place, unlike

FILES: Files = {
    ".gitattributes": "*.bin filter=lfs\n",
    ".gitmodules": modules(lib="../library.git"),
    "file": "text",
    "folder/run": Program("#!/bin/sh\n"),
    "folder/link": Link("run"),
}


def swapped(path: Path, to: str) -> None:
    """Put a link in the place of what is there."""
    path.rename(path.parent.parent / "away") if path.is_dir() else path.unlink()
    path.symlink_to(to)


def filled(path: Path, text: str) -> None:
    """Put a file in the place of what is there."""
    path.unlink()
    path.write_text(text)


DAMAGES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "a byte": ("file", unlike),
    "a byte of a large file": ("b.bin", unlike),
    "a byte of a submodule": ("lib/x", unlike),
    "the end of a file": ("file", lambda path: os.truncate(path, 2)),
    "a mode": ("folder/run", lambda path: path.chmod(0o644)),
    "another mode": ("file", lambda path: path.chmod(0o755)),
    "a file that is missing": ("lib/x", Path.unlink),
    "a file too much": ("folder/more", Path.touch),
    "a folder too much": ("lib/more", Path.mkdir),
    "another link": ("folder/link", lambda path: swapped(path, "file")),
    "a file in the place of a link": ("folder/link", lambda path: filled(path, "run")),
    "a link in the place of a file": ("file", lambda path: swapped(path, "folder/run")),
    "a link in the place of a folder": ("lib", lambda path: swapped(path, "../away")),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, SurveyRequest]:
    """Return a commit with everything, written, and what was wanted."""
    folder = tmp_path_factory.mktemp("written")
    forge = Forge(folder / "forge")
    repository = forge.repository("play")
    pin = forge.repository("library").commit({"x": "xyz"})
    more: Files = {"lib": Module(pin), "b.bin": forge.lfs.keep(b"large" * 1000)}
    commit, place = repository.commit({**FILES, **more}), Place(forge, folder)
    with forge.serving():
        place.made(repository, commit)
    return place, SurveyRequest(repository.address, commit, "", "play", pinned=True)


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_written_and_is_not_the_commit_is_seen_by_name(
    written: tuple[Place, SurveyRequest], tmp_path: Path, damage: str
) -> None:
    place, request = written
    top = tmp_path / "new"
    shutil.copytree(place.into, top, symlinks=True)
    tree_write.compare(request, place.mirror, top)
    name, act = DAMAGES[damage]

    act(top / name)

    with pytest.raises(Failure) as seen:
        tree_write.compare(request, place.mirror, top)
    assert str(seen.value).startswith(f"{name}: ")
