"""What an install has made is kept and shown; nothing that it plants leads root anywhere else."""

from pathlib import Path

import pytest

from changeover.host.files import Failure
from changeover.host.sandbox.made import keep, show

GIVEN = {"package.json", "src", "src/index.js", "old"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder with an environment's copy of a tree, a release and what is nobody's."""
    write(tmp_path / "environments/node-1/made", "package.json", "src/index.js")
    write(tmp_path / "releases/r1", "package.json", "src/index.js", ".changeover/release.json")
    write(tmp_path, "foreign/src/index.js")
    return tmp_path


def write(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)


def kept(place: Path, whole: str = ".") -> list[str]:
    environment = place / "environments/node-1"
    keep(environment, GIVEN, whole)
    return (environment / ".made").read_text().splitlines()


def shown(place: Path, pivot: str = ".changeover/node") -> Path:
    show(place / "releases/r1", pivot, place / "environments/node-1")
    return place / "releases/r1"


def test_what_is_new_stays_and_is_shown_through_one_link(place: Path) -> None:
    made = place / "environments/node-1/made"
    write(made, "node_modules/a/index.js", "src/node_modules/b/index.js", "src/out/x", "out")

    assert kept(place) == ["node_modules", "out", "src/node_modules", "src/out"]
    assert sorted(path.name for path in made.iterdir()) == ["node_modules", "out", "src"]

    release = shown(place)
    assert str((release / ".changeover/node").readlink()) == "../../../environments/node-1"
    assert str((release / "src/out").readlink()) == "../.changeover/node/made/src/out"
    assert (release / "node_modules/a/index.js").read_text() == "node_modules/a/index.js"
    before = {str(path): path.lstat().st_ctime_ns for path in release.rglob("*")}
    for changed in (".changeover", ".changeover/node"):
        del before[str(release / changed)]
    assert (
        before.items()
        <= {str(path): path.lstat().st_ctime_ns for path in shown(place).rglob("*")}.items()
    )


@pytest.mark.parametrize(
    ("whole", "expected"),
    [("", ["node_modules"]), ("src", ["node_modules", "src/out"]), ("sr", ["node_modules"])],
)
def test_beside_packages_only_what_lies_below_a_folder_is_shown(
    place: Path, whole: str, expected: list[str]
) -> None:
    write(place / "environments/node-1/made", "node_modules/a/x", "src/out", "gunicorn.conf.py")

    assert kept(place, whole) == expected


def test_what_the_commit_has_stays_its_own_but_for_packages(place: Path) -> None:
    made = place / "environments/node-1/made"
    write(made, "config.json", ".env", "more/x", "node_modules/a")
    write(place / "releases/r1", "config.json", "node_modules/a", "more/y")
    (place / "releases/r1/.env").symlink_to("../../shared/.env")
    kept(place)

    release = shown(place)

    assert not (release / "config.json").is_symlink()
    assert not (release / "more").is_symlink()
    assert str((release / ".env").readlink()) == "../../shared/.env"
    assert str((release / "node_modules").readlink()) == ".changeover/node/made/node_modules"


def test_packages_of_the_app_itself_lead_into_the_release(place: Path) -> None:
    made = place / "environments/node-1/made"
    write(made, "node_modules/a/x", "node_modules/@own/far/x", "node_modules/.bin/a")
    (made / "node_modules/@own/src").symlink_to("../../src")
    (made / "node_modules/.bin/near").symlink_to("../a/x")
    (made / "node_modules/.bin/own").symlink_to("../@own/src/index.js")
    (made / "node_modules/evil").symlink_to("../../../../foreign")
    kept(place)

    packages = shown(place) / "node_modules"

    release = place / "releases/r1"
    assert packages.is_symlink()
    assert (packages / "@own/src/index.js").resolve() == release / "src/index.js"
    assert (packages / ".bin/own").resolve() == release / "src/index.js"
    for name in ("a/x", "@own/far/x", ".bin/a", ".bin/near"):
        assert made in (packages / name).resolve().parents, name
    # it leads where it led in the environment, and to nothing of the release
    assert (packages / "evil").resolve() == (made / "node_modules/evil").resolve()


def test_another_environment_takes_its_place_by_one_link(place: Path) -> None:
    write(place / "environments/node-1/made", "node_modules/a/x")
    kept(place)
    release = shown(place)
    second = place / "environments/node-2"
    write(second / "made", "node_modules/b/x")
    keep(second, GIVEN)

    show(release, ".changeover/node", second)

    assert (release / "node_modules/b/x").exists()
    assert not (release / "node_modules/a").exists()


def test_nothing_that_an_install_plants_leads_root_elsewhere(place: Path) -> None:
    environment = place / "environments/node-1"
    # in the place of what it was given
    (environment / "made/src/index.js").unlink()
    (environment / "made/src").rmdir()
    (environment / "made/src").symlink_to(place / "foreign/src")
    (environment / "made/node_modules").symlink_to(place / "foreign")
    (environment / ".made").symlink_to(place / "foreign/src/index.js")

    assert kept(place) == ["node_modules"]
    shown(place)

    assert (place / "foreign/src/index.js").read_text() == "foreign/src/index.js"
    assert not (environment / ".made").is_symlink()


def test_a_name_that_cannot_be_printed_is_refused(place: Path) -> None:
    write(place / "environments/node-1/made", "a\nb")

    with pytest.raises(Failure, match=r"'a\\nb' is a name that cannot be printed"):
        kept(place)


def test_a_link_of_the_commit_above_packages_is_refused_by_name(place: Path) -> None:
    write(place / "environments/node-1/made", "data/node_modules/a")
    keep(place / "environments/node-1", {*GIVEN, "data"})
    (place / "releases/r1/data").symlink_to(place / "foreign")

    with pytest.raises(Failure, match="data is a symbolic link in the commit"):
        shown(place)

    assert sorted(path.name for path in (place / "foreign").iterdir()) == ["src"]


def test_an_environment_of_an_earlier_version_has_nothing_to_show(place: Path) -> None:
    show(place / "releases/r1", ".venv", place / "environments/python-1")

    assert str((place / "releases/r1/.venv").readlink()) == "../../environments/python-1"
