"""Overlay folders become a git history."""

from pathlib import Path

import pytest

from changeover.lab import history
from changeover.lab.errors import LabError
from changeover.lab.history import Repository, Submodule


@pytest.fixture
def app(tmp_path: Path) -> Path:
    files = {
        "v1/keep.py": "one",
        "v1/gone.py": "one",
        "v1/folder/a": "a",
        "v1/.gitignore": "*.log\n",
        "v1/seen.log": "kept although ignored",
        "v1/node_modules/x/index.js": "litter",
        "v2/keep.py": "two",
        "v2/.deleted": "gone.py\n\nfolder/\n",
        "v10/late": "ten",
        "vendor/x": "no version",
        "environment.example": "A=1\n",
    }
    for name, text in files.items():
        path = tmp_path / "app" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "app"


@pytest.fixture
def repository(app: Path, tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "app.git")
    made.create()
    made.build(history.versions(app))
    return made


def test_versions_are_overlays_in_numeric_order_minus_what_is_deleted(app: Path) -> None:
    first, second, tenth = history.versions(app)

    assert (first.name, second.name, tenth.name) == ("v1", "v2", "v10")
    assert sorted(first.files) == [".gitignore", "folder/a", "gone.py", "keep.py", "seen.log"]
    assert sorted(second.files) == [".gitignore", "keep.py", "seen.log"]
    assert second.files["keep.py"] == app / "v2/keep.py"
    assert sorted(tenth.files) == [".gitignore", "keep.py", "late", "seen.log"]


def test_a_commit_may_be_the_first_and_have_submodules(tmp_path: Path) -> None:
    made = Repository(tmp_path / "lib.git")
    made.create()

    commit = made.change(None, {"lib": Submodule("1" * 40), "run": "#!/bin/sh\n"}, "First")

    said = made.git("ls-tree", commit)
    assert f"160000 commit {'1' * 40}\tlib" in said
    assert "100755 blob" in said


def test_only_folders_with_versions_are_apps(app: Path) -> None:
    (app.parent / "other").mkdir()

    assert history.apps(app.parent) == ["app"]


def test_each_version_is_tagged_and_main_is_the_highest(repository: Repository) -> None:
    assert repository.git("tag").split() == ["v1", "v10", "v2"]
    assert repository.git("rev-parse", "main") == repository.git("rev-parse", "v10")
    assert repository.git("rev-parse", "v10~2") == repository.git("rev-parse", "v1")
    assert repository.git("show", "v2:keep.py") == "two"
    assert "seen.log" in repository.git("ls-tree", "-r", "--name-only", "v1")


def test_commit_ids_are_the_same_on_each_machine(
    app: Path, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    other = Repository(tmp_path / "other.git")
    other.create()
    other.build(history.versions(app))

    assert other.git("rev-parse", "main") == repository.git("rev-parse", "main")


def test_a_change_goes_on_top_of_a_ref(repository: Repository) -> None:
    changes = {"keep.py": "three\n", "late": None, "run": "#!/bin/sh\n"}

    commit = repository.change("v10", changes, "Break it")

    assert repository.git("rev-parse", f"{commit}^") == repository.git("rev-parse", "v10")
    assert repository.git("show", f"{commit}:keep.py") == "three"
    listing = repository.git("ls-tree", "-r", commit)
    assert "late" not in listing
    assert listing.splitlines()[2].startswith("100755")


def test_a_change_on_an_unknown_ref_is_an_error(repository: Repository) -> None:
    with pytest.raises(LabError, match="git"):
        repository.change("v99", {"a": "b"}, "Nowhere")
