"""Whether anything was written since a backup: an app cannot make it look as if nothing was."""

import json
import mmap
import os
import pwd
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.unit.host.neighbours import APP, Apps, apps
from tests.unit.host.sqlite.test_backup import make_wal, query

__all__ = ["apps"]
Ok = Callable[..., dict[str, Any]]
BackUp = Callable[..., Path]
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act for other users")
BEFORE, AFTER = b"as it was backed up", b"as an app forged it"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "app.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (v)")
        connection.execute("INSERT INTO t VALUES (?)", [BEFORE.decode()])
        connection.commit()
    return path


def restored(ok: Ok, manifest: Path, database: Path) -> dict[str, Any]:
    answer = ok("restore", "--manifest", manifest, "--database", database, "--unless-unchanged")
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT v FROM t").fetchall() == [(BEFORE.decode(),)]
    return answer


def test_nothing_is_put_back_where_nothing_was_written(
    database: Path, tmp_path: Path, back_up: BackUp, ok: Ok
) -> None:
    manifest = back_up(database, tmp_path / "backups")
    inode = database.stat().st_ino
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("SELECT * FROM t").fetchall()
    assert restored(ok, manifest, database)["unchanged"] is True
    assert database.stat().st_ino == inode


def test_times_that_the_app_sets_forge_nothing(
    database: Path, tmp_path: Path, back_up: BackUp, ok: Ok
) -> None:
    manifest = back_up(database, tmp_path / "backups")
    was = database.stat()
    content = database.read_bytes()
    with database.open("r+b") as file:
        file.write(content.replace(BEFORE, AFTER))
    os.utime(database, ns=(was.st_atime_ns, was.st_mtime_ns))
    now = database.stat()
    assert (now.st_ino, now.st_size, now.st_mtime_ns) == (was.st_ino, was.st_size, was.st_mtime_ns)
    assert "unchanged" not in restored(ok, manifest, database)


def test_what_is_written_through_memory_shows(
    database: Path, tmp_path: Path, back_up: BackUp, ok: Ok
) -> None:
    """The kernel notes no time for a page that waits to be written already."""
    at = database.read_bytes().index(BEFORE)
    with database.open("r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        memory[at : at + len(BEFORE)] = BEFORE
        time.sleep(0.05)
        manifest = back_up(database, tmp_path / "backups")
        memory[at : at + len(BEFORE)] = AFTER
    assert "unchanged" not in restored(ok, manifest, database)


def test_a_journal_that_would_be_rolled_back_is_a_change(
    database: Path, tmp_path: Path, back_up: BackUp, ok: Ok
) -> None:
    """SQLite writes what lies there into the database when it is opened next."""
    killed = "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
    killed += "c.execute('PRAGMA cache_size = 1'); c.execute('BEGIN')\n"
    killed += "c.execute('UPDATE t SET v = ?', ['another']); c.execute('CREATE TABLE u (v)')\n"
    killed += "c.executemany('INSERT INTO u VALUES (?)', [('x' * 9000,)] * 99); os._exit(0)"
    clean = database.read_bytes()
    subprocess.run([sys.executable, "-c", killed, str(database)], check=True)
    journal = database.with_name("app.db-journal")
    forged = journal.read_bytes().replace(BEFORE, AFTER)
    journal.unlink()
    database.write_bytes(clean)
    manifest = back_up(database, tmp_path / "backups")
    journal.write_bytes(forged)
    assert "unchanged" not in restored(ok, manifest, database)


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
def test_a_pipe_beside_the_database_is_a_change(
    database: Path, tmp_path: Path, back_up: BackUp, ok: Ok, suffix: str
) -> None:
    """Nothing was written, but nobody could open it."""
    manifest = back_up(database, tmp_path / "backups")
    os.mkfifo(f"{database}{suffix}")
    assert "unchanged" not in restored(ok, manifest, database)


@ROOT
def test_fingerprint_tells_a_write(apps: Apps, ok: Ok) -> None:
    """As the app's user: SQLite, opened by root, gives the files a new owner each time."""

    def told() -> Any:
        return ok("fingerprint", *apps.place)["fingerprint"]

    source, user = apps.database, pwd.getpwnam(APP)
    source.unlink()
    make_wal(source, 10)
    for path in source.parent.iterdir():
        os.chown(path, user.pw_uid, user.pw_gid)
    manifest = ok(*apps.backup())["manifest"]
    noted = json.loads(Path(manifest).read_text())["source_fingerprint"]
    assert noted == told()
    query(source, "SELECT 1 FROM t")  # the last close writes the log back
    quiet = told()
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("SELECT 1 FROM t").fetchone()  # an application that only reads
        assert source.with_name("app.db-wal").exists()
        assert quiet == told()
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("INSERT INTO t (v) VALUES ('later')")
        connection.commit()
    assert noted != told()
