"""What an app leaves around its database keeps no undo from putting the data back."""

import json
import os
import pwd
import stat
import struct
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from changeover.host.app import child as app_child
from tests.unit.host.neighbours import APP, OTHER, Apps, Ok, Refused, apps

__all__ = ["apps"]
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act for other users")

DEEP = "[" * 200_000
INTENT, WORK = ".app.db.restore.json", ".app.db.restore"
# who is no name for others: the owner, his group, the others
ACL_TAGS, NOBODY = (0x01, 0x04, 0x20), 0xFFFFFFFF


def intent(apps: Apps, text: str) -> None:
    path = apps.database.with_name(INTENT)
    path.write_text(text)
    own(path)


def own(path: Path) -> None:
    found = pwd.getpwnam(APP)
    os.chown(path, found.pw_uid, found.pw_gid, follow_symlinks=False)


def deep_intent(apps: Apps) -> None:
    intent(apps, DEEP)


def deep_inner_intent(apps: Apps) -> None:
    intent(apps, json.dumps({"replaced": "x"})[:-1] + f', "files": {DEEP}')


def huge_intent(apps: Apps) -> None:
    apps.as_app("truncate", "-s", "1T", apps.database.with_name(INTENT))


def odd_intent(apps: Apps) -> None:
    intent(apps, json.dumps({"replaced": [1], "files": "x"}))
    apps.as_app("rm", apps.database)


def odd_files_intent(apps: Apps) -> None:
    apps.as_app("mv", apps.database, f"{apps.database}.x")
    intent(apps, json.dumps({"replaced": "app.db.x", "files": [3]}))
    apps.as_app("touch", f"{apps.database}-wal")


def unreadable_work(apps: Apps) -> None:
    work = apps.database.with_name(WORK)
    apps.as_app("mkdir", "-p", work / "inner")
    apps.as_app("chmod", "000", work / "inner")
    apps.as_app("chmod", "000", work)


def deep_work(apps: Apps) -> None:
    work = apps.database.with_name(WORK)
    script = f"import os; os.mkdir('{work}'); os.chdir('{work}')\n"
    script += "for _ in range(3000): os.mkdir('d'); os.chdir('d')"
    apps.as_app("/usr/bin/python3", "-c", script)


def closed_folder(apps: Apps) -> None:
    apps.as_app("chmod", "000", apps.database.parent)


def read_only_folder(apps: Apps) -> None:
    apps.as_app("chmod", "555", apps.database.parent)


def folder_taken_away(apps: Apps) -> None:
    apps.as_app("mv", "-T", apps.database.parent, apps.shared[APP] / "away")


def closed_file(apps: Apps) -> None:
    apps.as_app("chmod", "000", apps.database)


def file_of_root(apps: Apps) -> None:
    os.chown(apps.database, 0, 0)


def closed_by_a_list(apps: Apps) -> None:
    """New files have no rights for anybody, their owner neither."""
    entries = b"".join(struct.pack("<HHI", tag, 0, NOBODY) for tag in ACL_TAGS)
    try:
        os.setxattr(
            apps.database.parent, "system.posix_acl_default", struct.pack("<I", 2) + entries
        )
    except OSError:
        pytest.skip("no access lists here")


SPOILT: list[Callable[[Apps], None]] = [
    *(deep_intent, deep_inner_intent, huge_intent, odd_intent, odd_files_intent),
    *(unreadable_work, deep_work, closed_folder, read_only_folder, folder_taken_away),
    *(closed_file, file_of_root, closed_by_a_list),
]


def restored(apps: Apps) -> None:
    """See that the data is back and the app's, and that nothing of the work is left."""
    found, user = apps.database.lstat(), pwd.getpwnam(APP)
    assert (found.st_uid, found.st_gid) == (user.pw_uid, user.pw_gid)
    assert stat.S_IMODE(found.st_mode) & 0o600 == 0o600
    assert not list(apps.database.parent.glob(".restore*"))
    assert not [path for path in apps.backups.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda one: one.__name__)
def test_nothing_that_the_app_leaves_stops_an_undo(
    apps: Apps, ok: Ok, spoil: Callable[[Apps], None]
) -> None:
    manifest = ok(*apps.backup())["manifest"]
    try:
        spoil(apps)
        ok("restore", "--manifest", manifest, *apps.place, "--keep-as", "undone")
        assert ok("digest", *apps.place)["tables"]["t"]["rows"] == 500
        restored(apps)
    finally:
        # deeper than Python itself can clear
        subprocess.run(["rm", "-rf", apps.database.with_name(WORK)], check=True)


@pytest.mark.parametrize("dumpable", [1, 0])
def test_a_file_handed_to_another_app_stops_no_undo(
    apps: Apps, ok: Ok, refused: Refused, dumpable: int
) -> None:
    restore = ["restore", "--manifest", ok(*apps.backup())["manifest"], *apps.place]
    theirs = pwd.getpwnam(OTHER).pw_uid
    script = (
        f"import ctypes, os; os.setresuid({theirs}, {theirs}, {theirs})\n"
        f"ctypes.CDLL(None).prctl(4, {dumpable}, 0, 0, 0); print(flush=True); input()"
    )
    with (
        apps.database.open("r+b") as file,
        subprocess.Popen(
            [sys.executable, "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[file.fileno()],
        ) as holder,
    ):
        assert holder.stdout
        holder.stdout.readline()
        said = refused(*restore, "--in-spite")
        assert f"{os.getpid()} (" in said, "root may have reason to"
        file.close()
        assert f"still open in process {holder.pid} (" in refused(*restore)
        ok(*restore, "--in-spite", "--keep-as", "undone")
        holder.kill()
    restored(apps)


@pytest.mark.parametrize("command", ["restore", "set-aside"])
def test_a_file_of_roots_in_the_folder_of_all_is_moved_aside(
    apps: Apps, ok: Ok, command: str
) -> None:
    """That folder is sticky: the app may not rename what is not its own."""
    inner, outer = apps.database, apps.shared[APP] / "outer.db"
    inner.rename(outer)
    place = ["--database", outer, *apps.place[2:]]
    what = ["--name", "n", "--app", APP, "--release", "r", "--commit", "c"]
    manifest = ok("backup", *place, "--into", apps.backups, *what)["manifest"]
    log = outer.with_name("outer.db-wal")
    log.touch()
    for path in (outer, log):
        os.chown(path, 0, 0)
    more = ["--manifest", manifest] if command == "restore" else []
    ok(command, *more, *place, "--keep-as", "undone")
    assert outer.with_name("outer.db.undone").lstat().st_uid == 0
    assert outer.with_name("outer.db.undone-wal").lstat().st_uid == 0
    if command == "restore":
        assert ok("digest", *place)["tables"]["t"]["rows"] == 500
        assert outer.lstat().st_uid == pwd.getpwnam(APP).pw_uid


@pytest.mark.parametrize(("moves", "rights"), [(True, "8"), (False, "0")])
def test_who_moves_files_has_one_right_more_and_no_other(moves: bool, rights: str) -> None:
    act = partial(Path.read_text, Path("/proc/self/status"))
    status = app_child.run(APP, act, moves=moves)
    for name in ("CapPrm", "CapEff"):
        assert f"\n{name}:\t{rights:0>16}\n" in status
    for name in ("CapInh", "CapAmb"):
        assert f"\n{name}:\t{'0' * 16}\n" in status
    assert "\nNoNewPrivs:\t1\n" in status
    assert f"\nUid:{f'	{pwd.getpwnam(APP).pw_uid}' * 4}\n" in status


def test_a_pipe_in_the_place_of_a_folder_in_the_middle_is_moved_away(apps: Apps, ok: Ok) -> None:
    data = apps.database.parent
    deep = data / "inner" / "app.db"
    apps.as_app("mkdir", deep.parent)
    apps.as_app("cp", apps.database, deep)
    place = ["--database", deep, *apps.place[2:]]
    what = ["--name", "n", "--app", APP, "--release", "r", "--commit", "c"]
    manifest = ok("backup", *place, "--into", apps.backups, *what)["manifest"]
    apps.as_app("mv", data, f"{data}.away")
    apps.as_app("mkfifo", data)
    ok("restore", "--manifest", manifest, *place, "--keep-as", "undone")
    assert ok("digest", *place)["tables"]["t"]["rows"] == 500
    assert stat.S_ISFIFO(data.with_name("data.undone").lstat().st_mode)


def test_names_without_end_do_not_make_a_search_without_end(apps: Apps, ok: Ok) -> None:
    manifest = ok(*apps.backup())["manifest"]
    taken = ["undone", *(f"undone-{number}" for number in range(2, 300))]
    for name in taken:
        own_file = apps.database.with_name(f"app.db.{name}")
        own_file.touch()
        own(own_file)
    answer = ok("restore", "--manifest", manifest, *apps.place, "--keep-as", "undone")
    assert Path(answer["replaced"]).name not in {"app.db.undone-300"}
    assert Path(answer["replaced"]).name.startswith("app.db.undone-")


def test_a_folder_that_stays_closed_is_named_and_the_next_undo_works(
    apps: Apps, ok: Ok, refused: Refused
) -> None:
    manifest = ok(*apps.backup())["manifest"]
    data = apps.database.parent
    os.chown(data, 0, 0)
    said = refused("restore", "--manifest", manifest, *apps.place, "--keep-as", "undone")
    assert str(data) in said
    assert "may not" in said
    own(data)
    ok("restore", "--manifest", manifest, *apps.place, "--keep-as", "undone")
    restored(apps)
