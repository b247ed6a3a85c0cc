"""Links of a release are made without following one that its commit brought."""

from pathlib import Path

import pytest

from changeover.host.files import Failure
from changeover.host.sandbox.link import clear, link


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """Return a release's folder, with a folder beside it that is not its own."""
    (tmp_path / "release" / "data" / "uploads").mkdir(parents=True)
    (tmp_path / "release" / "data" / "uploads" / "old").write_text("of the commit")
    (tmp_path / "foreign" / "uploads").mkdir(parents=True)
    (tmp_path / "foreign" / "uploads" / "photo").write_text("live")
    return tmp_path / "release"


def test_a_link_takes_the_place_of_what_the_commit_has_there(release: Path) -> None:
    for _ in range(2):
        link(release, "data/uploads", "../../../shared/data/uploads")

        assert str((release / "data/uploads").readlink()) == "../../../shared/data/uploads"
        assert [path.name for path in (release / "data").iterdir()] == ["uploads"]


def test_folders_above_it_are_made(release: Path) -> None:
    link(release, "a/b/c", "x")
    link(release, ".env", "../../shared/.env")

    assert str((release / "a/b/c").readlink()) == "x"
    assert str((release / ".env").readlink()) == "../../shared/.env"


@pytest.mark.parametrize("to", ["../foreign", "{foreign}"])
def test_what_lies_behind_a_link_of_the_commit_is_not_touched(release: Path, to: str) -> None:
    foreign = release.parent / "foreign"
    (release / "own").symlink_to(to.format(foreign=foreign))

    with pytest.raises(Failure, match="own is a symbolic link in the commit, so own/uploads"):
        link(release, "own/uploads", "../../shared/own/uploads")

    assert (foreign / "uploads" / "photo").read_text() == "live"


def test_a_link_inside_of_a_folder_that_gives_way_is_not_followed(release: Path) -> None:
    foreign = release.parent / "foreign"
    (release / "data" / "uploads" / "more").symlink_to(foreign)

    link(release, "data/uploads", "x")

    assert (foreign / "uploads" / "photo").read_text() == "live"


def test_a_file_above_is_refused_by_name(release: Path) -> None:
    (release / "file").write_text("")

    with pytest.raises(Failure, match="file is no folder in the commit"):
        link(release, "file/x", "y")


def test_what_gives_way_is_removed_and_nothing_behind_a_link(release: Path) -> None:
    foreign = release.parent / "foreign"
    (release / "own").symlink_to(foreign)
    (release / "to").symlink_to(foreign)

    assert clear(release, "data/uploads")
    assert clear(release, "to")
    assert not clear(release, "data/uploads")
    assert not clear(release, "no/such/folder")
    with pytest.raises(Failure, match="own is a symbolic link in the commit"):
        clear(release, "own/uploads")

    assert sorted(path.name for path in release.iterdir()) == ["data", "own"]
    assert (foreign / "uploads" / "photo").read_text() == "live"
