"""What an app puts in the place of its database: root follows none of it, and nothing hangs."""

import json
import os
import pwd
import signal
import sqlite3
import stat
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.unit.host.neighbours import (
    APP,
    ATTACKS,
    QUICK_SECONDS,
    Apps,
    Ok,
    Refused,
    apps,
    circle,
    folder_above,
    link,
    link_in_links,
    log_link,
    log_pipe,
    pipe,
)

__all__ = ["apps"]
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act for other users")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_what_is_no_file_of_the_app_is_refused_by_name(
    apps: Apps, ok: Ok, refused: Refused, attack: Callable[[Apps], None]
) -> None:
    attack(apps)
    for command in (apps.backup(), ["digest", *apps.place], ["fingerprint", *apps.place]):
        said = refused(*command)
        assert ATTACKS[attack] in said
        assert str(apps.shared[APP]) in said
    assert ATTACKS[attack] in str(ok("revisions", *apps.place)["error"])
    assert apps.leaked() == []
    assert not apps.backups.exists()


def test_the_kernel_alone_would_stop_it(apps: Apps, refused: Refused) -> None:
    """Without looking at links: the other app's folder cannot be entered."""
    link(apps)
    said = refused("digest", *apps.place, "--within", "/")
    assert "Permission denied" in said or "symbolic link out of" in said
    assert "may not" in said


def test_a_backup_holds_what_the_app_has_and_nothing_is_given_away(apps: Apps, ok: Ok) -> None:
    apps.as_app("ln", "-sn", "data/app.db", apps.shared[APP] / "inside.db")
    data = apps.shared[APP] / "disk"
    data.symlink_to(apps.database.parent)  # as root: another disk, say
    for number, name in enumerate(("data/app.db", "inside.db", "disk/app.db")):
        place = ["--database", apps.shared[APP] / name, *apps.place[2:]]
        what = ["--name", f"n{number}", "--app", APP, "--release", "r", "--commit", "c"]
        made = ok("backup", *place, "--into", apps.backups, *what)
        assert made["content"]["tables"]["t"]["rows"] == 500
        assert ok("verify", "--manifest", made["manifest"])["verified"] is True
        assert ok("losses", "--manifest", made["manifest"], *place)["rows"] == 0
    assert len(list(apps.backups.iterdir())) == 6
    for path in (apps.backups, *apps.backups.iterdir()):
        found = path.lstat()
        assert (found.st_uid, found.st_gid, found.st_mode & 0o077) == (0, 0, 0)
    assert not list(Path("/run/changeover-leaf").iterdir())


def test_a_restore_gives_the_app_its_own(apps: Apps, ok: Ok) -> None:
    manifest = ok(*apps.backup())["manifest"]
    apps.database.chmod(0o664)
    answer = ok("restore", "--manifest", manifest, *apps.place, "--keep-as", "before")
    assert answer["replaced"] == f"{apps.database}.before"
    found, user = apps.database.lstat(), pwd.getpwnam(APP)
    assert (found.st_uid, found.st_gid) == (user.pw_uid, user.pw_gid)
    assert stat.S_IMODE(found.st_mode) == 0o664
    assert {path.name for path in apps.database.parent.iterdir()} == {"app.db", "app.db.before"}
    assert ok("digest", *apps.place)["tables"]["t"]["rows"] == 500


@pytest.mark.parametrize("attack", [link, link_in_links, circle, pipe, log_pipe, log_link])
def test_what_is_in_the_place_of_the_file_stops_no_restore(
    apps: Apps, ok: Ok, attack: Callable[[Apps], None]
) -> None:
    """It is moved aside as it is: an app cannot keep its site closed by it."""
    manifest = ok(*apps.backup())["manifest"]
    before = apps.theirs.read_bytes()
    attack(apps)
    ok("restore", "--manifest", manifest, *apps.place, "--keep-as", "undone")
    assert not apps.database.is_symlink()
    assert ok("digest", *apps.place)["tables"]["t"]["rows"] == 500
    assert apps.theirs.read_bytes() == before
    assert {path.name for path in apps.theirs.parent.iterdir()} == {"app.db"}
    assert apps.leaked() == []


@pytest.mark.parametrize("kind", ["link", "link in links", "pipe"])
def test_no_folder_is_entered_by_a_link_and_none_stops_a_restore(
    apps: Apps, ok: Ok, kind: str
) -> None:
    manifest = ok(*apps.backup())["manifest"]
    before = apps.theirs.read_bytes()
    folder_above(apps)
    data = apps.database.parent
    if kind == "pipe":
        apps.as_app("rm", data)
        apps.as_app("mkfifo", data)
    elif kind == "link in links":
        apps.as_app("mv", "-T", data, apps.shared[APP] / "inner")
        apps.as_app("ln", "-sn", "inner", data)
    # names that are taken are no obstacle either
    apps.as_app("mkdir", "-p", f"{data}.undone/x")
    ok("restore", "--manifest", manifest, *apps.place, "--keep-as", "undone")
    assert ok("digest", *apps.place)["tables"]["t"]["rows"] == 500
    assert apps.database.lstat().st_uid == pwd.getpwnam(APP).pw_uid
    assert apps.theirs.read_bytes() == before
    assert {path.name for path in apps.theirs.parent.iterdir()} == {"app.db"}
    assert apps.leaked() == []


@pytest.mark.parametrize("what", ["ln -s /", "mkfifo", "mkdir", "touch"])
def test_leftovers_that_the_app_made_stop_no_restore(apps: Apps, ok: Ok, what: str) -> None:
    manifest = ok(*apps.backup())["manifest"]
    theirs = {".app.db.restore", ".app.db.restore.json"}
    for name in {*theirs, "app.db.undone"}:
        apps.as_app(*what.split(), apps.database.with_name(name))
    ok("restore", "--manifest", manifest, *apps.place, "--keep-as", "undone")
    ok("set-aside", *apps.place, "--keep-as", "undone")
    left = {path.name for path in apps.database.parent.iterdir()}
    assert left == {"app.db.undone", "app.db.undone-2", "app.db.undone-3", *theirs}


def test_set_aside_moves_links_as_they_are(apps: Apps, ok: Ok) -> None:
    link(apps)
    log_link(apps)
    moved = ok("set-aside", *apps.place, "--keep-as", "undone")["moved"]
    assert moved == [f"{apps.database}.undone-wal", f"{apps.database}.undone"]
    assert apps.theirs.exists()
    assert not os.path.lexists(apps.database)


def test_swaps_in_a_loop_get_nothing_of_the_other_app(apps: Apps, run: Any) -> None:
    """Also between the look and the opening: then the kernel refuses."""
    stop = threading.Event()

    def swap() -> None:
        data = apps.database.parent
        script = (
            f"cd {data}; cp app.db real; while :; do ln -sfn {apps.theirs} app.db;"
            " ln -f real app.db; rm -f app.db; mkfifo app.db; ln -f real app.db; done"
        )
        command = ["setpriv", "--reuid", APP, "--regid", APP, "--clear-groups", "--"]
        with subprocess.Popen([*command, "sh", "-c", script], stderr=subprocess.DEVNULL) as process:
            stop.wait()
            process.kill()

    swapper = threading.Thread(target=swap)
    swapper.start()
    statuses, ends = [], time.monotonic() + 6
    try:
        for number in range(60):
            if time.monotonic() > ends:
                break
            done = run(*apps.backup(f"n{number}"))
            statuses.append(done.returncode)
            assert done.returncode in (0, 1), done.stderr
            assert "Traceback" not in done.stderr
    finally:
        stop.set()
        swapper.join()
    assert 1 in statuses
    assert apps.leaked() == []


def test_a_hole_as_large_as_a_disk_is_refused_by_its_size(apps: Apps, refused: Refused) -> None:
    apps.as_app("truncate", "-s", "1T", apps.database)
    assert "free" in refused(*apps.backup())


def test_a_child_that_is_stopped_is_not_waited_for(apps: Apps, run: Any) -> None:
    """The app has the child's user, so it may send it signals."""
    with closing(sqlite3.connect(apps.database, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")  # the child waits for this lock
        answers: list[Any] = []
        asking = threading.Thread(target=lambda: answers.append(run("digest", *apps.place)))
        asking.start()
        found = _child(apps)
        os.kill(found, signal.SIGSTOP)
        asking.join(QUICK_SECONDS)
        assert answers, "it was waited for"
    assert answers[0].returncode == 1
    assert "stopped the one that reads its data" in answers[0].stderr
    assert not Path(f"/proc/{found}").exists()


def test_the_child_is_out_of_reach_and_has_nothing_of_roots(apps: Apps, run: Any) -> None:
    with closing(sqlite3.connect(apps.database, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        asking = threading.Thread(target=lambda: run("digest", *apps.place))
        asking.start()
        found = _child(apps)
        status = Path(f"/proc/{found}/status").read_text()
        user = pwd.getpwnam(APP)
        assert f"Uid:{f'	{user.pw_uid}' * 4}\n" in status
        assert f"Groups:\t{user.pw_gid} \n" in status
        assert "NoNewPrivs:\t1\n" in status
        assert "CapEff:\t0000000000000000\n" in status
        targets = [str(one.readlink()) for one in Path(f"/proc/{found}/fd").iterdir()]
        assert not [one for one in targets if str(apps.root) in one and APP not in one]
        look = ["setpriv", "--reuid", APP, "--regid", APP, "--clear-groups", "--"]
        done = subprocess.run([*look, "ls", f"/proc/{found}/fd"], check=False, capture_output=True)
        assert done.returncode != 0
        os.kill(found, signal.SIGKILL)
        asking.join()


def _child(apps: Apps) -> int:
    """Return the child that reads for us, once it waits for the database."""
    uid, ends = pwd.getpwnam(APP).pw_uid, time.monotonic() + QUICK_SECONDS
    while time.monotonic() < ends:
        for status in Path("/proc").glob("[0-9]*/status"):
            with suppress(OSError):
                # other tests, at the same time, act for the same user
                ours = str(apps.root).encode() in (status.parent / "cmdline").read_bytes()
                if ours and f"\nUid:\t{uid}\t" in status.read_text():
                    time.sleep(0.5)
                    return int(status.parent.name)
        time.sleep(0.05)
    raise AssertionError("there is no child")


def test_json_of_the_app_names_no_file_elsewhere(apps: Apps, ok: Ok) -> None:
    manifest = ok(*apps.backup())["manifest"]
    intent = apps.database.with_name(".app.db.restore.json")
    intent.write_text(json.dumps({"replaced": f"../../../{apps.theirs}", "files": {}}))
    os.chown(intent, pwd.getpwnam(APP).pw_uid, 0)
    apps.as_app("rm", apps.database)
    ok("restore", "--manifest", manifest, *apps.place)
    assert apps.theirs.exists()
    assert ok("digest", *apps.place)["tables"]["t"]["rows"] == 500
