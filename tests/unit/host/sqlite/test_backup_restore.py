"""Restoring beside, swapping by rename, and programs killed at every step."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from changeover.host.sqlite import note as sqlite_note
from changeover.host.sqlite.note import Aside
from tests.unit.host.conftest import ONESELF

Ok = Callable[..., dict[str, Any]]
Refused = Callable[..., str]
BackUp = Callable[..., Path]
BACKUP = ["--name", "first", "--app", "shop", "--release", "r1", "--commit", "c0ffee"]
BACKUP += ["--user", ONESELF]
OLD_ROWS, NEW_ROWS, ROWS = 40, 70, 10_000

# Leaves a WAL database with its rows in the log only, as a killed application does.
KILLED_WRITER = """
import os, sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute("PRAGMA journal_mode = WAL")
c.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v)")
c.commit(); c.execute("PRAGMA wal_checkpoint(TRUNCATE)")
c.executemany("INSERT INTO t (v) VALUES (?)", (("x" * 500,) for i in range(int(sys.argv[2]))))
c.commit(); os._exit(0)
"""
# Runs a program and kills it before the Nth thing that it does to the system.
STEPPER = """
import os, runpy, signal, sys
stop_at, folder = int(sys.argv[1]), sys.argv[2]
acts = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chown", "os.chmod",
        "sqlite3.connect", "subprocess.Popen", "fcntl.flock"}
seen = 0
def watch(event, arguments):
    global seen
    if event in acts or event == "open" and str(arguments[0]).startswith(folder):
        seen += 1
        if seen == stop_at:
            os.kill(os.getpid(), signal.SIGKILL)
sys.argv = sys.argv[3:]
sys.addaudithook(watch)
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    sys.stderr.write(f"acts: {seen}")
"""


def make_wal(path: Path, rows: int) -> Path:
    subprocess.run([sys.executable, "-c", KILLED_WRITER, str(path), str(rows)], check=True)
    return path


def count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (rows,) = connection.execute("SELECT count(*) FROM t").fetchone()
    return int(rows)


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory: pytest.TempPathFactory, back_up: BackUp) -> Path:
    folder = tmp_path_factory.mktemp("backed-up")
    return back_up(make_wal(folder / "source.db", NEW_ROWS), folder / "backups")


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """A folder with a database to be replaced; its rows are in its log only."""
    (tmp_path / "live").mkdir()
    return make_wal(tmp_path / "live" / "app.db", OLD_ROWS)


def test_the_replaced_database_is_kept_with_its_log(live: Path, backed_up: Path, ok: Ok) -> None:
    restore = ["restore", "--manifest", backed_up, "--database", live]
    answer = ok(*restore)
    replaced = Path(answer["replaced"])
    assert replaced.name.startswith("app.db.replaced-2")
    assert names(live.parent) == {live.name} | {replaced.name + s for s in ("", "-wal", "-shm")}
    assert (count(live), count(replaced)) == (NEW_ROWS, OLD_ROWS)
    for expected in ("app.db.before", "app.db.before-2"):
        answer = ok(*restore, "--keep-as", "before")
        assert Path(answer["replaced"]).name == expected


def test_no_log_or_journal_of_another_database_is_replayed(
    live: Path, backed_up: Path, ok: Ok
) -> None:
    """A journal left beside a restored database would be rolled back into it."""
    live.unlink()
    live.with_name("app.db-journal").write_bytes(b"a journal")
    answer = ok("restore", "--manifest", backed_up, "--database", live, "--keep-as", "old")
    assert answer["replaced"] == str(live.with_name("app.db.old"))
    assert names(live.parent) == {
        "app.db",
        "app.db.old-wal",
        "app.db.old-shm",
        "app.db.old-journal",
    }
    assert count(live) == NEW_ROWS


def test_a_link_is_kept_and_its_target_is_swapped(live: Path, backed_up: Path, ok: Ok) -> None:
    link = live.parent.parent / "link.db"
    link.symlink_to(live)
    ok("restore", "--manifest", backed_up, "--database", link)
    assert link.is_symlink()
    assert count(live) == NEW_ROWS


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give files away")
def test_owner_and_mode_are_those_of_the_replaced_file(live: Path, backed_up: Path, ok: Ok) -> None:
    os.chown(live, 1234, 2345)
    os.chown(live.parent, 3456, 4567)
    live.chmod(0o664)
    ok("restore", "--manifest", backed_up, "--database", live)
    status = live.stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (1234, 2345, 0o664)
    fresh = live.with_name("fresh.db")
    ok("restore", "--manifest", backed_up, "--database", fresh)
    status = fresh.stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (3456, 4567, 0o640)


def test_an_open_database_is_not_replaced(live: Path, backed_up: Path, refused: Refused) -> None:
    before = names(live.parent)
    for path in (live, live.with_name("app.db-wal")):
        with path.open("rb"):
            said = refused("restore", "--manifest", backed_up, "--database", live)
        assert f"{os.getpid()} (" in said
        assert Path("/proc/self/comm").read_text().strip() in said
        assert names(live.parent) == before
    assert count(live) == OLD_ROWS


def test_foreign_leftovers_are_not_followed(live: Path, backed_up: Path, ok: Ok) -> None:
    victim = live.parent.parent / "victim"
    victim.mkdir()
    (victim / "file").touch()
    live.with_name(".app.db.restore").symlink_to(victim)
    ok("restore", "--manifest", backed_up, "--database", live)
    assert names(victim) == {"file"}
    assert count(live) == NEW_ROWS


def test_an_old_note_gives_no_log_to_the_wrong_database(
    live: Path, backed_up: Path, ok: Ok
) -> None:
    """Killed after the swap; much later the database is gone, the log is another one's."""
    note = sqlite_note.path(backed_up.parent, live)
    live.rename(live.with_name("app.db.old"))
    aside: Aside = {"replaced": "app.db.old", "moved": True, "files": {"-wal": None, "-shm": None}}
    sqlite_note.write(note, {"new": ".restore-0", "aside": aside})
    ok("restore", "--manifest", backed_up, "--database", live, "--keep-as", "later")
    assert not live.with_name("app.db.old-wal").exists()
    assert live.with_name("app.db.later-wal").exists()
    assert not note.exists()


def test_a_note_that_is_damaged_is_named(live: Path, backed_up: Path, refused: Refused) -> None:
    """It lies where only we write: then nobody knows what is to be moved."""
    note = sqlite_note.path(backed_up.parent, live)
    for text in ("", "[", "[]", "{}", "[" * 200_000):
        note.write_text(text)
        said = refused("restore", "--manifest", backed_up, "--database", live)
        assert f"{note} is not readable" in said
    note.unlink()
    assert count(live) == OLD_ROWS


def step(program: Path, number: int, folder: Path, *arguments: object) -> int:
    """Kill the program before its Nth act; 0 lets it end. Return the number of its acts."""
    # -B: writing compiled files would count as acts, in the first run only.
    command = [sys.executable, "-IB", "-c", STEPPER, str(number), str(folder), str(program)]
    done = subprocess.run(
        [*command, *map(str, arguments)], check=False, capture_output=True, text=True
    )
    if number:
        assert done.returncode == -signal.SIGKILL, done.stderr
        return number
    assert done.returncode == 0, done.stderr
    return int(done.stderr.removeprefix("acts: "))


def at_every_step(acts: int, trial: Callable[[int], None]) -> None:
    """Try the last acts, where files come into place, and a sample of those before."""
    assert acts > 20
    steps = {*range(1, acts - 10, 4), *range(acts - 10, acts + 1)}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(trial, sorted(steps)))


def test_backup_killed_at_every_step(
    tmp_path: Path, program: Path, run: Callable[..., Any], ok: Ok
) -> None:
    source = make_wal(tmp_path / "source.db", OLD_ROWS)

    def prepare(number: int) -> tuple[Path, list[object]]:
        folder = tmp_path / f"step{number}"
        folder.mkdir()
        for path in (source, source.with_name("source.db-wal")):
            shutil.copy(path, folder)
        into = folder / "backups"
        return into, ["backup", "--database", folder / "source.db", "--into", into, *BACKUP]

    def trial(number: int) -> None:
        into, backup = prepare(number)
        step(program, number, into.parent, *backup)
        manifest = into / "first.json"
        if manifest.exists():
            # No further run may be needed to make the backup good.
            assert run("verify", "--manifest", manifest).returncode == 0
        else:
            ok(*backup)
        assert names(into) == {"first.json", "first.sqlite.zst"}
        assert count(into.parent / "source.db") == OLD_ROWS

    into, backup = prepare(0)
    at_every_step(step(program, 0, into.parent, *backup), trial)


def test_restore_killed_at_every_step(
    tmp_path: Path, program: Path, backed_up: Path, live: Path, ok: Ok
) -> None:
    missing: set[int] = set()

    def prepare(number: int) -> tuple[Path, list[object]]:
        folder = tmp_path / f"step{number}"
        shutil.copytree(live.parent, folder / "live")
        # A backup of its own: verifying locks its folder.
        shutil.copytree(backed_up.parent, folder / "backups")
        manifest, database = folder / "backups" / backed_up.name, folder / "live" / live.name
        restore = ["restore", "--manifest", manifest, "--database", database, "--user", ONESELF]
        return database, restore

    def trial(number: int) -> None:
        database, restore = prepare(number)
        step(program, number, database.parent, *restore)
        if not database.exists():
            missing.add(number)
        answer = ok(*restore)
        assert count(database) == NEW_ROWS
        kept = list(database.parent.glob("app.db.replaced-*[Z0-9]"))
        assert OLD_ROWS in [count(path) for path in kept]
        assert Path(answer["replaced"]).exists()
        for folder in (database.parent, database.parent.parent / "backups"):
            assert not [name for name in names(folder) if name.startswith(".")]

    database, restore = prepare(0)
    at_every_step(step(program, 0, database.parent, *restore), trial)
    assert len(missing) >= 3  # the moments between the renames were among them


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_backup_stopped_at_any_moment(
    tmp_path: Path, program: Path, ok: Ok, ending: signal.Signals
) -> None:
    """Inside of SQLite and zstd too, where no step can be counted."""
    source, into = make_wal(tmp_path / "source.db", ROWS), tmp_path / "backups"
    backup = ["backup", "--database", str(source), "--into", str(into), *BACKUP]
    choice = random.Random(int(ending))
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-I", str(program), *backup],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(choice.uniform(0.05, 0.4))
        process.send_signal(ending)
        process.wait()
        manifest = into / "first.json"
        if manifest.exists():
            ok("verify", "--manifest", manifest)
            for path in into.iterdir():
                path.unlink()
        elif ending == signal.SIGTERM and into.exists():
            assert names(into) == set()
            assert process.returncode in (128 + ending, -ending)
    ok(*backup)
    assert names(into) == {"first.json", "first.sqlite.zst"}
    assert count(source) == ROWS
