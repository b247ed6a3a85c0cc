"""A rehearsal on SQLite: told what a step does, the real file untouched, nothing left behind."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.unit.host.rehearsing import Rehearsal

RUN = """
. FOLDER/environment
[ "$CHANGEOVER_REHEARSAL" = yes ] && [ "$SECRET" = 1 ] || exit 9
exec PYTHON -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])' \
    "${DATABASE_URL#sqlite:///}" "$1"
"""
MADE = """
PRAGMA journal_mode = wal;
CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(20), age INTEGER);
CREATE TABLE empty (id INTEGER PRIMARY KEY);
INSERT INTO users (name, age) VALUES ('a', 1), ('b', 2), ('c', 3);
CREATE TABLE alembic_version (version_num);
INSERT INTO alembic_version VALUES ('0001');
"""


def rehearsal(folder: Path, script: str = MADE) -> Rehearsal:
    database = folder / "shared" / "app.db"
    database.parent.mkdir()
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(script)
    return Rehearsal(
        folder,
        ["--sqlite", str(database)],
        RUN.replace("PYTHON", sys.executable),
        f"sqlite:///{database}",
    )


@pytest.fixture
def users(tmp_path: Path) -> Rehearsal:
    return rehearsal(tmp_path)


def content(users: Rehearsal) -> list[str]:
    with closing(sqlite3.connect(users.how[1])) as connection:
        return list(connection.iterdump())


def test_each_step_is_told_with_its_time_and_what_it_takes_away(users: Rehearsal) -> None:
    before = content(users)
    done = users.run(
        "ALTER TABLE users ADD COLUMN mail TEXT",
        "ALTER TABLE users DROP COLUMN age",
        "DELETE FROM users; DROP TABLE empty",
    )

    assert done.returncode == 0, done.stderr
    lines = [line.removeprefix("rehearsal: ") for line in done.stdout.splitlines()]
    assert any(re.match(r"0001: took \d\d?\.\d s\b", line) for line in lines)
    assert "0002: DESTRUCTIVE: users: column age is gone, in 3 rows" in lines
    assert "0003: DESTRUCTIVE: users: all 3 rows were deleted" in lines
    assert "0003: DESTRUCTIVE: table empty is gone, with its 0 rows" in lines
    assert not [line for line in lines if "0001: DESTRUCTIVE" in line]
    assert "the copy has 3 tables, 4 rows" in lines
    assert content(users) == before
    assert not users.folder.exists()
    assert sorted(path.name for path in Path(users.how[1]).parent.iterdir()) == ["app.db"]


def test_what_went_well_is_kept_with_what_it_was_of(users: Rehearsal) -> None:
    users.revisions = ["0001"]
    users.seen("CREATE TABLE more (id)")

    kept = json.loads(users.kept.read_text())
    assert (kept["release"], kept["revisions"]) == ("r2", ["0001"])
    assert kept["when"].endswith("Z")
    assert [step["step"] for step in kept["steps"]] == ["0001"]
    assert users.kept.stat().st_mode & 0o777 == 0o600


def test_a_table_that_is_copied_into_a_new_one_is_told(users: Rehearsal) -> None:
    (step,) = users.seen(
        "CREATE TABLE new (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER);"
        "INSERT INTO new SELECT id, name, age FROM users WHERE id < 3;"
        "DROP TABLE users; ALTER TABLE new RENAME TO users"
    )

    assert step["destructive"] == [
        "users: 1 of 3 rows was deleted",
        "users: column name changes its type from varchar(20) to text",
    ]
    assert step["refusing"] == ["users: column name can no longer be null"]
    assert step["notes"] == ["users: all 2 rows are written anew"]


def test_a_new_column_without_a_default_takes_no_data(users: Rehearsal) -> None:
    """Django adds each column with a default so: that is its own, and not the database's."""
    done = users.run(
        "CREATE TABLE new__users (id INTEGER PRIMARY KEY, name VARCHAR(20), age INTEGER,"
        " note VARCHAR(9) NOT NULL);"
        "INSERT INTO new__users SELECT id, name, age, '' FROM users;"
        "DROP TABLE users; ALTER TABLE new__users RENAME TO users"
    )

    assert done.returncode == 0, done.stderr
    assert "DESTRUCTIVE" not in done.stdout
    line = "users: new column note must have a value and has no default"
    assert f"rehearsal: 0001: no data goes, but rows of older code may be refused: {line}" in (
        done.stdout.splitlines()
    )


def test_a_step_that_fails_says_why_and_that_nothing_was_touched(users: Rehearsal) -> None:
    before = content(users)
    done = users.run("CREATE TABLE more (id)", "UPDATE users SET no_such_column = 1")

    assert done.returncode == 1
    assert "no such column: no_such_column" in done.stderr
    assert "migration 0002 failed in its rehearsal" in done.stderr
    assert "nothing was changed and the site was not closed. Mend it" in done.stderr
    assert str(users.log) in done.stderr
    assert "rehearse_cli" not in done.stderr
    assert content(users) == before
    assert not users.folder.exists()
    assert not users.kept.exists()


def test_a_step_that_does_not_arrive_is_refused(users: Rehearsal) -> None:
    done = users.run("UPDATE alembic_version SET version_num = '0009'")

    assert done.returncode == 1
    assert "after migration 0001 the copy says revision '0009' instead of '0001'" in done.stderr


def test_expectations_are_seen_on_the_copy(users: Rehearsal) -> None:
    wanted = {"kind": "NoNulls", "table": "users", "column": "mail", "since": None}
    users.expectations = [wanted]

    refused = users.run("ALTER TABLE users ADD COLUMN mail TEXT")
    told = users.run("ALTER TABLE users ADD COLUMN mail TEXT DEFAULT ''")

    assert refused.returncode == 1
    assert "not as expected: " in refused.stderr
    assert "the migrated copy is not as expected; nothing was changed" in refused.stderr
    assert told.returncode == 0, told.stderr
    assert "the migrated copy is as expected (1 looked at)" in told.stdout


def test_an_empty_database_is_not_rehearsed_on(tmp_path: Path) -> None:
    done = rehearsal(tmp_path, "").run("this is no SQL")

    assert done.returncode == 0
    assert "empty, so there is nothing to rehearse on" in done.stdout


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_people_write_meanwhile(tmp_path: Path, mode: str) -> None:
    users = rehearsal(tmp_path, MADE.replace("wal", mode))
    written = 0
    with closing(sqlite3.connect(users.how[1], timeout=5)) as writer:
        running = _start(users, "DELETE FROM users")
        while running.poll() is None:
            with writer:
                writer.execute("INSERT INTO users (name) VALUES ('new')")
            written += 1
        said, trouble = running.communicate()

        assert running.returncode == 0, trouble
        assert "rows were deleted" in said
        assert written > 10
        assert writer.execute("SELECT count(*) FROM users").fetchone() == (3 + written,)


# takes long, and comes to its end also when nobody is left to stop it
LONG = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 20000000)"
    " INSERT INTO empty SELECT i FROM n"
)


def test_a_killed_one_leaves_a_folder_that_clear_removes(users: Rehearsal) -> None:
    running = _start(
        users,
        LONG,
    )
    _wait(lambda: users.log.exists() and (users.folder / "environment").exists())
    running.send_signal(signal.SIGKILL)
    running.communicate()
    assert users.folder.exists()
    for _ in range(2):
        assert subprocess.run(users.command("clear"), check=False).returncode == 0
        assert not users.folder.exists()


def test_a_stopped_one_clears_up_by_itself(users: Rehearsal) -> None:
    running = _start(
        users,
        LONG,
    )
    _wait(lambda: users.log.exists() and (users.folder / "environment").exists())
    running.terminate()
    running.communicate()

    assert running.returncode == 128 + signal.SIGTERM
    assert not users.folder.exists()


def _start(users: Rehearsal, *steps: str) -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    running = subprocess.Popen(
        users.command("run"), stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )
    assert running.stdin
    running.stdin.write(users.asked(*steps))
    running.stdin.close()
    running.stdin = None
    return running


def _wait(true: object) -> None:
    assert callable(true)
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_migrations_that_take_longer_than_they_may_are_refused_in_their_rehearsal(
    users: Rehearsal,
) -> None:
    users.limits = {"steps": 0.5}
    users.script = f"sleep 30\n{users.script}"
    before = content(users)

    done = users.run("ALTER TABLE users ADD COLUMN mail TEXT")

    assert done.returncode == 1
    assert (
        "app_migration_timeout_seconds: the migrations took over 0.5 s on the copy" in done.stderr
    )
    assert "the site was not closed" in done.stderr
    assert (content(users), users.folder.exists(), users.kept.exists()) == (before, False, False)


def test_data_that_could_not_be_put_back_in_time_is_refused_in_its_rehearsal(
    users: Rehearsal,
) -> None:
    users.limits = {"copy": 600}

    done = users.run("ALTER TABLE users ADD COLUMN mail TEXT")

    assert done.returncode == 1
    assert "app_undo_timeout_seconds: putting the database back may take up to 900 s" in done.stderr
    assert "the site was not closed" in done.stderr
