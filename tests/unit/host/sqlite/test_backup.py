"""Round trips: what is backed up comes back, to the bit, whatever the source is doing."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.unit.host.conftest import ONESELF

Ok = Callable[..., dict[str, Any]]
Refused = Callable[..., str]
BackUp = Callable[..., Path]
NOBODY = 65534
BACKUP = ["--name", "first", "--app", "shop", "--release", "r1", "--commit", "c0ffee"]
BACKUP += ["--user", ONESELF]

HOSTILE = """
CREATE TABLE "odd ""name'] é" (id INTEGER PRIMARY KEY AUTOINCREMENT, "the value", b BLOB);
CREATE TABLE nokey (k TEXT, v, PRIMARY KEY (v, k)) WITHOUT ROWID;
CREATE TABLE made (a, b AS (a || '!') STORED, c AS (length(a)) VIRTUAL);
CREATE TABLE empty (x);
CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (parent REFERENCES parent (id));
CREATE VIRTUAL TABLE notes USING fts5(body);
CREATE INDEX by_value ON "odd ""name'] é" ("the value");
CREATE VIEW seen AS SELECT k FROM nokey;
CREATE TRIGGER told AFTER INSERT ON nokey BEGIN DELETE FROM empty; END;
CREATE TABLE alembic_version (version_num TEXT);
INSERT INTO alembic_version VALUES ('b2'), ('a1');
INSERT INTO nokey VALUES ('z', 1), ('a', '1'), ('m', x'31'), ('m', 1.5);
INSERT INTO made (a) VALUES ('x'), (NULL), ('long');
INSERT INTO child VALUES (7), (8), (NULL);
INSERT INTO notes VALUES ('hello world'), ('wörld');
PRAGMA user_version = 42;
PRAGMA application_id = 77;
"""
VALUES: list[object] = [
    None, "", b"", "1", 1, 1.0, b"1", 0.1, -0.0, 5e-324, float("inf"), float("-inf"),
    2**63 - 1, -(2**63), "a\0b", "tab\tline\r\n\\N", "é", "e\u0301", "\U0001f600", b"\xff\0\xfe",
    "x" * 100_000, b"\0" * 100_000,
]  # fmt: skip


def make_hostile(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(HOSTILE)
        insert = """INSERT INTO "odd ""name'] é" ("the value", b) VALUES (?, ?)"""
        connection.executemany(insert, [(value, value) for value in VALUES])
        connection.execute(insert.replace("?, ?", "CAST(x'ff41fe' AS TEXT), x'ff41fe'"))
        connection.commit()


def make_wal(path: Path, rows: int) -> None:
    """Make a WAL database as a killed application leaves it: no row in the file itself."""
    code = """
import os, sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute("PRAGMA journal_mode = WAL")
c.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v)")
c.execute("PRAGMA wal_autocheckpoint = 0")
c.commit(); c.execute("PRAGMA wal_checkpoint(TRUNCATE)")
c.executemany("INSERT INTO t (v) VALUES (?)", ((f"row {i}",) for i in range(int(sys.argv[2]))))
c.commit(); os._exit(0)
"""
    subprocess.run([sys.executable, "-c", code, str(path), str(rows)], check=True)
    assert path.with_name(path.name + "-wal").stat().st_size > 0


def query(path: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_hostile_values_come_back(tmp_path: Path, ok: Ok, back_up: BackUp) -> None:
    source, target = tmp_path / "a b%é?#.db", tmp_path / "new" / "target.db"
    target.parent.mkdir()
    make_hostile(source)
    manifest = back_up(source, tmp_path / "backups")
    answer = ok("restore", "--manifest", manifest, "--database", target)
    assert answer["replaced"] is None
    before, after = ok("digest", "--database", source), ok("digest", "--database", target)
    assert before | {"database": ""} == after | {"database": ""}
    assert query(source, "SELECT sql FROM sqlite_master") == query(
        target, "SELECT sql FROM sqlite_master"
    )
    text = query(target, 'SELECT hex(b), hex("the value") FROM "odd ""name\'] é"')
    assert ("FF41FE", "FF41FE") in text
    assert query(target, "SELECT rowid FROM notes WHERE notes MATCH 'hello'") == [(1,)]


def test_manifest_says_what_was_backed_up(tmp_path: Path, ok: Ok, back_up: BackUp) -> None:
    source, into = tmp_path / "source.db", tmp_path / "backups"
    make_hostile(source)
    path = back_up(source, into)
    manifest = json.loads(path.read_text())
    assert manifest["app"], manifest["release"] == ("shop", "r1")
    assert manifest["commit"] == "c0ffee"
    assert manifest["revisions"] == ["a1", "b2"]
    assert manifest["verified"] is True
    assert manifest["content"]["foreign_key_violations"] == 2
    assert manifest["content"]["user_version"] == 42
    assert manifest["content"]["tables"]["empty"]["rows"] == 0
    assert "notes_content" in manifest["content"]["tables"]
    assert "sqlite_sequence" in manifest["content"]["tables"]
    assert manifest["artefact"]["uncompressed_size"] == source.stat().st_size
    assert set(manifest["tools"]) == {"python", "sqlite", "zstd", "program_sha256"}
    now = ok("fingerprint", "--database", source)["fingerprint"]
    assert manifest["source_fingerprint"] == now
    assert names(into) == {"first.json", "first.sqlite.zst"}
    assert {entry.stat().st_mode & 0o777 for entry in into.iterdir()} == {0o600}
    assert into.stat().st_mode & 0o777 == 0o700


def test_rows_that_are_only_in_the_log_are_kept(tmp_path: Path, ok: Ok, back_up: BackUp) -> None:
    source, target = tmp_path / "source.db", tmp_path / "target.db"
    make_wal(source, 500)
    shutil.copy(source, target)
    assert query(target, "SELECT count(*) FROM t") == [(0,)]  # what cp would have kept
    manifest = back_up(source, tmp_path / "backups")
    ok("restore", "--manifest", manifest, "--database", target)
    assert query(target, "SELECT count(*) FROM t") == [(500,)]
    assert query(target, "PRAGMA journal_mode") == [("wal",)]


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_backup_under_a_writer_is_one_snapshot(
    tmp_path: Path, ok: Ok, back_up: BackUp, mode: str
) -> None:
    source, stop, committed = tmp_path / "source.db", threading.Event(), [0]
    with closing(sqlite3.connect(source)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.executescript("CREATE TABLE a (n, pad); CREATE TABLE b (n, pad)")
        for table in "ab":
            rows = ((n, "x" * 200) for n in range(5000))
            connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)  # noqa: S608
        connection.commit()

    def write() -> None:
        with closing(sqlite3.connect(source, timeout=30, isolation_level=None)) as connection:
            while not stop.is_set():
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO a VALUES (?, 'new')", (committed[0],))
                connection.execute("INSERT INTO b VALUES (?, 'new')", (committed[0],))
                connection.execute("COMMIT")
                committed[0] += 1
                stop.wait(0.002)  # a writer without a pause lets no reader in

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while committed[0] < 3:
            assert writer.is_alive()
        before = committed[0]
        manifest = back_up(source, tmp_path / "backups")
        meanwhile = committed[0] - before
    finally:
        stop.set()
        writer.join()
    assert meanwhile > 0
    assert json.loads(manifest.read_text())["source_fingerprint"] is None
    target = tmp_path / "target.db"
    ok("restore", "--manifest", manifest, "--database", target)
    ((a, b),) = query(target, "SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)")
    assert a == b
    assert 5000 + before <= a <= 5000 + before + meanwhile


def test_an_empty_database_and_a_table_with_its_own_rowid(
    tmp_path: Path, ok: Ok, back_up: BackUp
) -> None:
    source = tmp_path / "source.db"
    source.touch()
    back_up(source, tmp_path / "backups", "empty")
    with closing(sqlite3.connect(source)) as connection:
        connection.executescript("CREATE TABLE t (_rowid_, rowid); INSERT INTO t VALUES (3, 4)")
    manifest = back_up(source, tmp_path / "backups", "own")
    assert ok("verify", "--manifest", manifest)["verified"] is True


def test_unknown_modules_and_mismatched_foreign_keys_are_no_obstacle(
    tmp_path: Path, back_up: BackUp
) -> None:
    source = tmp_path / "source.db"
    with closing(sqlite3.connect(source)) as connection:
        connection.executescript(
            "CREATE TABLE p (x); CREATE TABLE c (y REFERENCES p (x)); INSERT INTO c VALUES (1);"
            "PRAGMA writable_schema = ON; INSERT INTO sqlite_master VALUES"
            " ('table', 'shape', 'shape', 0, 'CREATE VIRTUAL TABLE shape USING unheard(x)')"
        )
        connection.commit()
    manifest = json.loads(back_up(source, tmp_path / "backups").read_text())
    assert set(manifest["content"]["tables"]) == {"p", "c"}
    assert "mismatch" in manifest["content"]["foreign_key_violations"]


@pytest.fixture
def public_path() -> Iterator[Path]:
    """Give a folder that other users can reach."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act for another user")
@pytest.mark.parametrize("log", ["log without index", "log in use", "no log"])
def test_root_leaves_the_files_to_their_owner(
    tmp_path: Path, public_path: Path, ok: Ok, back_up: BackUp, log: str
) -> None:
    folder = public_path / "shared"
    folder.mkdir()
    source = folder / "source.db"
    make_wal(source, 50)
    if log == "log without index":
        (folder / "source.db-shm").unlink()
    if log == "no log":
        query(source, "SELECT count(*) FROM t")  # the last close writes the log back
    for path in (folder, *folder.iterdir()):
        os.chown(path, NOBODY, NOBODY)
        path.chmod(0o660 if path.is_file() else 0o700)
    holder = sqlite3.connect(source) if log == "log in use" else None
    before = names(folder) - {"source.db-shm"}
    ok("inspect", "--database", source)
    back_up(source, tmp_path / "backups")
    assert names(folder) - {"source.db-shm"} == before
    for path in folder.iterdir():
        status = path.stat()
        assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (NOBODY, NOBODY, 0o660)
    if holder:
        holder.close()
    code = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
    code += "c.execute(\"INSERT INTO t (v) VALUES ('mine')\"); c.commit()"
    subprocess.run(
        ["/usr/bin/python3", "-c", code, str(source)], check=True, user=NOBODY, cwd=folder
    )


def test_inspect_leaves_no_trace(tmp_path: Path, ok: Ok, refused: Refused) -> None:
    missing, hostile, wal = tmp_path / "missing.db", tmp_path / "hostile.db", tmp_path / "wal.db"
    assert ok("inspect", "--database", missing)["exists"] is False
    assert ok("fingerprint", "--database", missing)["fingerprint"]["database"] is None
    assert "no such file" in refused("digest", "--database", missing)
    assert names(tmp_path) == set()
    make_hostile(hostile)
    make_wal(wal, 5)
    before = {entry.name: entry.stat().st_mtime_ns for entry in tmp_path.iterdir()}
    found = ok("inspect", "--database", hostile)
    assert (found["journal_mode"], found["revisions"]) == ("delete", ["a1", "b2"])
    assert found["rows"]["nokey"] == 4
    found = ok("inspect", "--database", wal)
    assert (found["journal_mode"], found["revisions"], found["rows"]) == ("wal", [], {"t": 5})
    after = {entry.name: entry.stat().st_mtime_ns for entry in tmp_path.iterdir()}
    assert {n: t for n, t in after.items() if n != "wal.db-shm"} == {
        n: t for n, t in before.items() if n != "wal.db-shm"
    }


@pytest.mark.parametrize("python", ["/usr/bin/python3", "python3.11", "python3.13"])
def test_runs_and_agrees_on_other_pythons(tmp_path: Path, program: Path, python: str) -> None:
    """The digests are part of a format: they must not change with Python or SQLite."""
    found = shutil.which(python)
    if not found or subprocess.run([found, "-c", ""], check=False, capture_output=True).returncode:
        pytest.skip(f"no {python} here")
    source = tmp_path / "source.db"
    make_hostile(source)
    take = [found, "-I", str(program), "backup", "--database", str(source), "--into"]
    done = subprocess.run([*take, str(tmp_path / "b"), *BACKUP], capture_output=True, check=True)
    tables = json.loads(done.stdout)["content"]["tables"]
    assert tables["odd \"name'] é"]["sha256"][:16] == "b1669d870dcc64fb"
    assert tables["nokey"]["sha256"][:16] == "4ca1acd7fdaedaf3"
