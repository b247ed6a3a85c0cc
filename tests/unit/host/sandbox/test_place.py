"""A release has a build's output as real files in its own folder, whole or not at all."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from changeover.host.files import Failure
from changeover.host.sandbox import place as sandbox_place
from changeover.host.sandbox.link import link
from changeover.host.sandbox.place import GIVEN, PIVOT, aside, forget, place


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """Return a release's folder, with two builds beside it."""
    for number in ("1", "2"):
        output = tmp_path / f"builds/build-{number}/output"
        (output / "assets").mkdir(parents=True)
        (output / "main.js").write_text(number)
        (output / f"assets/only{number}").write_text(number)
        (output / "cache").symlink_to(f"/var/cache/x/{number}")
    (tmp_path / "releases/r1/.changeover").mkdir(parents=True)
    return tmp_path / "releases/r1"


def build(release: Path, number: int) -> Path:
    return release.parent.parent / f"builds/build-{number}"


def there(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_the_output_lies_in_the_release_itself(release: Path) -> None:
    place(release, "server/dist", build(release, 1))

    main = release / "server/dist/main.js"
    assert main.resolve() == main
    assert (release / "server/dist/cache").readlink() == Path("/var/cache/x/1")
    assert str((release / PIVOT).readlink()) == "../../../builds/build-1"
    assert (release / PIVOT / "output/main.js").samefile(main), "it takes no room of its own"
    assert there(release / ".changeover") == {"build"}


@pytest.mark.parametrize("able", [True, False], ids=["exchanged", "renamed"])
def test_another_output_takes_its_place_whole(
    release: Path, *, able: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not able:
        monkeypatch.setattr(sandbox_place, "_EXCHANGE", 1 << 20)  # which no kernel knows
    place(release, "dist", build(release, 1))

    place(release, "dist", build(release, 2))

    assert there(release / "dist") == {"main.js", "assets", "assets/only2", "cache"}
    assert (build(release, 1) / "output/main.js").read_text() == "1"
    assert there(release / ".changeover") == {"build"}


def test_it_takes_the_place_of_a_link_of_an_earlier_version_and_gives_it_back(
    release: Path,
) -> None:
    link(release, "dist", "../../builds/build-1/output")

    place(release, "dist", build(release, 2))
    assert (release / "dist/main.js").read_text() == "2"
    assert not (release / "dist").is_symlink()
    assert (build(release, 1) / "output/main.js").exists()

    forget(release)
    link(release, "dist", "../../builds/build-1/output")
    assert (release / "dist/main.js").read_text() == "1"
    assert (build(release, 2) / "output/main.js").exists()
    assert not (release / PIVOT).is_symlink()


@pytest.mark.parametrize("left", [".changeover/output.new", ".changeover/output.old"])
def test_what_was_cut_short_is_made_anew(release: Path, left: str) -> None:
    place(release, "dist", build(release, 1))
    (release / PIVOT).unlink()
    (release / left).mkdir()
    (release / left / "half").write_text("")

    place(release, "dist", build(release, 2))

    assert (release / "dist/main.js").read_text() == "2"
    assert there(release / ".changeover") == {"build"}


def test_files_that_can_have_no_more_names_are_copied(
    release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.which("cp")
    stub = release.parent / "bin/cp"
    stub.parent.mkdir()
    stub.write_text(f'#!/bin/sh\n[ "$1" != -al ] || exit 1\nexec {real} "$@"\n')
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stub.parent}:{os.environ['PATH']}")

    place(release, "dist", build(release, 1))

    assert (release / "dist/main.js").read_text() == "1"
    assert (release / "dist/main.js").stat().st_nlink == 1


def test_a_build_that_is_not_there_is_said_and_leaves_what_is(release: Path) -> None:
    place(release, "dist", build(release, 1))

    with pytest.raises(Failure, match="build-3/output cannot be put into the release"):
        place(release, "dist", build(release, 3))

    assert (release / "dist/main.js").read_text() == "1"
    assert not (release / PIVOT).is_symlink(), "it is not said to be another's"


def test_nothing_is_put_behind_a_link_of_the_commit(release: Path) -> None:
    foreign = release.parent / "foreign"
    foreign.mkdir()
    (release / "server").symlink_to("../foreign")

    with pytest.raises(Failure, match="is a symbolic link in the commit"):
        place(release, "server/dist", build(release, 1))
    with pytest.raises(Failure, match="is a symbolic link in the commit"):
        aside(release, "server/dist")

    assert there(foreign) == set()


def test_an_error_of_the_disk_is_not_taken_for_a_file_system_that_cannot(
    release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(release, "dist", build(release, 1))
    monkeypatch.setattr(sandbox_place, "_UNABLE", ())
    monkeypatch.setattr(sandbox_place, "_EXCHANGE", 1 << 20)

    with pytest.raises(OSError, match=os.strerror(errno.EINVAL)):
        place(release, "dist", build(release, 2))


def test_what_the_commit_has_there_is_kept_for_the_build(release: Path) -> None:
    (release / "app/translations/de").mkdir(parents=True)
    (release / "app/translations/de/a.po").write_text("words")

    assert "app/translations of the commit is there for the build" in aside(
        release, "app/translations"
    )

    assert not (release / "app/translations").exists()
    assert (release / GIVEN / "de/a.po").read_text() == "words"
    assert aside(release, "dist") == ""
    assert aside(release, "not/there/dist") == ""


def test_a_link_of_the_commit_gives_way(release: Path) -> None:
    (release / "dist").symlink_to("elsewhere")

    assert "gives way" in aside(release, "dist")

    assert not (release / "dist").is_symlink()
    assert not (release / GIVEN).is_symlink()
