"""Links that an app makes on the way to its database: none gives root's or another's away."""

import os
import pwd
import shutil
import stat
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from changeover.host.app import child as app_child
from changeover.host.sqlite import place as sqlite_place
from tests.unit.host.neighbours import APP, Apps, Ok, Refused, apps

__all__ = ["apps"]
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act for other users")

OUT = ["/var/run/x", "/bin/x", "/proc/self/root/usr/x", "/proc/self/fd/1", "/proc/self/mem"]
LONG = ["n" * 250, "n" * 254, "d/" + "/".join(["x" * 200] * 19)]


@pytest.fixture
def settings(apps: Apps) -> Path:
    """Return the app's settings, which are root's."""
    path = apps.shared[APP] / ".env"
    path.write_text("SECRET=x\n")
    os.chown(path, 0, pwd.getpwnam(APP).pw_gid)
    path.chmod(0o640)
    return path


def restored(apps: Apps, ok: Ok) -> dict[str, Any]:
    """Undo; the data is back at its own path, in a file of the app's."""
    manifest = apps.backups / "first.json"
    answer = ok("restore", "--manifest", manifest, *apps.place, "--keep-as", "undone")
    found = apps.database.lstat()
    assert (stat.S_ISREG(found.st_mode), found.st_uid) == (True, pwd.getpwnam(APP).pw_uid)
    assert ok("digest", *apps.place)["tables"]["t"]["rows"] == 500
    return answer


@pytest.mark.parametrize("command", ["restore", "set-aside"])
@pytest.mark.parametrize("way", ["relative", "absolute", "two links"])
def test_the_settings_are_never_moved(
    apps: Apps, ok: Ok, settings: Path, way: str, command: str
) -> None:
    ok(*apps.backup())
    before = settings.lstat().st_ino
    apps.as_app("rm", apps.database)
    target = settings if way == "absolute" else "../.env"
    if way == "two links":
        apps.as_app("ln", "-s", target, apps.database.with_name("more"))
        target = "more"
    apps.as_app("ln", "-s", target, apps.database)
    if command == "restore":
        restored(apps, ok)
    else:
        moved = ok("set-aside", *apps.place, "--keep-as", "undone")["moved"]
        assert moved == [f"{apps.database}.undone"]
    assert (settings.lstat().st_ino, settings.lstat().st_uid) == (before, 0)
    assert settings.read_text() == "SECRET=x\n"
    assert apps.database.with_name("app.db.undone").is_symlink()
    assert {one.name for one in apps.shared[APP].iterdir()} == {".env", "data"}


def test_the_settings_are_not_read_as_a_database(
    apps: Apps, refused: Refused, settings: Path
) -> None:
    apps.as_app("ln", "-sfn", settings, apps.database)
    assert "not the app's" in refused(*apps.backup())


def test_a_link_of_roots_to_the_settings_is_itself_moved(
    apps: Apps, ok: Ok, settings: Path
) -> None:
    """The app may give such a link another name in its own folder."""
    ok(*apps.backup())
    apps.database.with_name("settings").symlink_to("../.env")
    apps.as_app("mv", apps.database.with_name("settings"), apps.database)
    restored(apps, ok)
    assert settings.read_text() == "SECRET=x\n"


@pytest.mark.parametrize("target", [".", "of-root"])
def test_no_folder_of_roots_is_worked_in_by_a_link(apps: Apps, ok: Ok, target: str) -> None:
    ok(*apps.backup())
    folder = apps.shared[APP] / target
    folder.mkdir(exist_ok=True)
    theirs = folder / "app.db"
    theirs.write_text("root's")
    data = apps.database.parent
    apps.as_app("mv", data, f"{data}2")
    apps.as_app("ln", "-s", target, data)
    restored(apps, ok)
    assert theirs.read_text() == "root's"
    assert not data.is_symlink()
    assert data.with_name("data.undone").is_symlink()


@pytest.mark.parametrize("way", ["/proc/self/root{}", "/proc/self/cwd{}", "{}"])
@pytest.mark.parametrize("command", ["backup", "digest", "fingerprint"])
def test_a_link_of_roots_behind_one_of_the_apps_gives_no_more(
    apps: Apps, refused: Refused, way: str, command: str
) -> None:
    foreign = apps.root / "real" / "foreign.db"
    foreign.parent.mkdir()
    shutil.copy(apps.theirs, foreign)
    foreign.chmod(0o644)
    (apps.root / "by-root").symlink_to("real")
    apps.as_app("ln", "-sfn", way.format(apps.root / "by-root" / "foreign.db"), apps.database)
    words = apps.backup() if command == "backup" else [command, *apps.place]
    assert "is a symbolic link out of" in refused(*words)
    assert apps.leaked() == []


def test_a_link_of_roots_to_a_link_of_the_apps_gives_no_more(apps: Apps, refused: Refused) -> None:
    foreign = apps.root / "foreign"
    foreign.mkdir()
    shutil.copy(apps.theirs, foreign / "app.db")
    disk = apps.shared[APP] / "disk"
    disk.symlink_to("data/disk")
    apps.as_app("ln", "-s", foreign, apps.database.parent / "disk")
    place = ["--database", disk / "app.db", *apps.place[2:]]
    assert "is a symbolic link out of" in refused("digest", *place)


def test_nothing_of_roots_elsewhere_is_moved(apps: Apps, ok: Ok) -> None:
    sticky = apps.root / "sticky"
    sticky.mkdir()
    sticky.chmod(0o1777)
    (sticky / "own").write_text("root's")
    ok(*apps.backup())
    apps.as_app("rm", apps.database)
    apps.as_app("ln", "-s", f"/proc/self/root{sticky}/own", apps.database)
    restored(apps, ok)
    assert [one.name for one in sticky.iterdir()] == ["own"]
    assert (sticky / "own").read_text() == "root's"


@pytest.mark.parametrize("target", [*OUT, *LONG], ids=lambda one: one[:24])
@pytest.mark.parametrize("place", ["file", "folder"])
def test_no_link_stops_an_undo(apps: Apps, ok: Ok, place: str, target: str) -> None:
    ok(*apps.backup())
    shared = apps.shared[APP]
    if target.startswith("d/"):
        script = f"import os; os.chdir('{shared}'); os.mkdir('d'); os.chdir('d')\n"
        script += "for _ in range(30): os.mkdir('x' * 200); os.chdir('x' * 200)"
        apps.as_app("/usr/bin/python3", "-c", script)
    path = apps.database if place == "file" else apps.database.parent
    apps.as_app("mv", path, f"{path}2")
    apps.as_app("ln", "-s", target, path)
    restored(apps, ok)
    assert str(path.with_name(f"{path.name}.undone").readlink()) == target


def test_a_link_with_a_long_name_of_its_own_stops_no_undo(apps: Apps, ok: Ok) -> None:
    ok(*apps.backup())
    data, long = apps.database.parent, apps.shared[APP] / ("n" * 250)
    apps.as_app("mv", data, f"{data}2")
    apps.as_app("ln", "-s", long.name, data)
    apps.as_app("ln", "-s", "/var/run/x", long)
    restored(apps, ok)


@pytest.mark.parametrize("links", ["file", "folder"])
def test_a_link_of_the_apps_to_its_own_works(apps: Apps, ok: Ok, run: Any, links: str) -> None:
    shared = apps.shared[APP]
    if links == "file":
        name = shared / "app.db"
        apps.as_app("ln", "-s", "data/app.db", name)
    else:
        name = shared / "more" / "app.db"
        apps.as_app("ln", "-s", "data", name.parent)
    place = ["--database", name, *apps.place[2:]]
    what = ["--name", "n", "--app", APP, "--release", "r", "--commit", "c"]
    manifest = ok("backup", *place, "--into", apps.backups, *what)["manifest"]
    words = ["restore", "--manifest", manifest, *place, "--keep-as", "undone"]
    assert ok(*words, "--unless-unchanged").get("unchanged") is True
    with apps.database.open("rb"):  # as an app that runs on
        assert "still open" in run(*words).stderr
    apps.as_app("chmod", "664", apps.database)
    answer = ok(*words, "--unless-unchanged")
    assert answer["replaced"] == f"{name.parent.resolve() / name.name}.undone"
    assert name.is_file()
    assert name.is_symlink() is False
    assert name.lstat().st_uid == pwd.getpwnam(APP).pw_uid
    assert ok("digest", *place)["tables"]["t"]["rows"] == 500
    if links == "file":
        assert ok("digest", *apps.place)["tables"]["t"]["rows"] == 500
        assert str(Path(answer["replaced"]).readlink()) == "data/app.db"


def test_behind_a_link_of_the_apps_nobody_has_a_right_more(apps: Apps, refused: Refused) -> None:
    """What is root's is not read there either."""
    more, data = apps.shared[APP] / "more", apps.database.parent
    apps.as_app("ln", "-s", "data", more)
    place = ["--database", more / "app.db", *apps.place[2:]]
    os.chown(apps.database, 0, 0)
    assert "not the app's" in refused("digest", *place)
    linked = sqlite_place.Place(more / "app.db", APP, apps.shared[APP])
    straight = sqlite_place.Place(data / "app.db", APP, apps.shared[APP])
    for one, rights in ((straight, "8"), (linked, "0")):
        status = app_child.run(APP, partial(_rights, one), moves=True)
        assert f"\nCapEff:\t{rights:0>16}\n" in status


def _rights(place: sqlite_place.Place) -> str:
    sqlite_place.located_to_replace(place)
    return Path("/proc/self/status").read_text()
