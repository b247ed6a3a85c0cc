"""A rehearsal on PostgreSQL: statements, locks and rows told, and no database left behind."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.host.postgres.cluster import Cluster, Shop
from tests.unit.host.rehearsing import Rehearsal

RUN = """
set -ae; . FOLDER/environment
url=$(sed 's/+psycopg//; s/&schema=public//' <<< "$DATABASE_URL")
PGAPPNAME=step psql -Xq -v ON_ERROR_STOP=1 "$url" -c "$1"
# the server counts a session's rows at its end, which psql does not wait for
others="SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'step'"
while left=$(psql -XAtq "$url" -c "$others"); [ "${left:-0}" != 0 ]; do sleep 0.02; done
"""
MADE = """
CREATE TABLE users (id serial PRIMARY KEY, name varchar(20), age integer);
CREATE TABLE "Odd one" (id integer);
INSERT INTO users (name, age) SELECT 'u' || n, n FROM generate_series(1, 100) n;
CREATE TABLE alembic_version (version_num text);
INSERT INTO alembic_version VALUES ('0001');
"""
LONG = "SELECT pg_sleep(60)"

Make = Callable[..., Shop]


def rehearsal(shop: Shop, folder: Path) -> Rehearsal:
    url = shop.environment.read_text().split("=", 1)[1].strip()
    who = ["--superuser", "postgres"] if shop.superuser else []
    return Rehearsal(folder, who, RUN, url)


@pytest.fixture
def users(make_shop: Make, tmp_path: Path) -> Rehearsal:
    return rehearsal(make_shop(MADE), tmp_path)


def test_locks_rows_and_what_goes_are_told(
    make_shop: Make, tmp_path: Path, cluster: Cluster
) -> None:
    shop = make_shop(MADE)
    before, databases = shop.fingerprint(), cluster.databases()
    added, changed, dropped, emptied, moved = rehearsal(shop, tmp_path).seen(
        "ALTER TABLE users ADD COLUMN mail text NOT NULL DEFAULT '';"
        "ALTER TABLE users ALTER mail DROP DEFAULT",
        "ALTER TABLE users ALTER age TYPE bigint, ALTER name SET NOT NULL",
        'ALTER TABLE users DROP COLUMN age; DROP TABLE "Odd one"; CREATE INDEX ON users (name)',
        "DELETE FROM users WHERE id <= 10; INSERT INTO users (name, mail) SELECT 'x', ''"
        " FROM generate_series(1, 10); UPDATE users SET name = 'y' WHERE id <= 30",
        "ALTER TABLE users RENAME TO people; TRUNCATE people",
    )

    locked = {"users": "AccessExclusiveLock"}
    assert added["locks"] == changed["locks"] == locked
    assert added["refusing"] == ["users: new column mail must have a value and has no default"]
    assert added["destructive"] == []
    assert added["notes"] == []
    assert changed["destructive"] == [
        "users: column age changes its type from integer to bigint",
    ]
    assert changed["refusing"] == ["users: column name can no longer be null"]
    assert changed["notes"] == ["users: all 100 rows are written anew"]
    assert dropped["destructive"] == [
        'table "Odd one" is gone, with its 0 rows',
        "users: column age is gone, in 100 rows",
    ]
    assert dropped["locks"]["users"] == "AccessExclusiveLock"
    assert emptied["destructive"] == ["users: 10 of 100 rows were deleted"]
    assert emptied["notes"] == ["users: 20 rows are changed"]
    assert moved["destructive"] == [
        "table users is now called people",
        "users: all 100 rows were deleted",
    ]
    assert shop.fingerprint() == before
    assert cluster.databases() == databases


def test_what_a_long_statement_locks_is_seen_while_it_runs(users: Rehearsal) -> None:
    (step,) = users.seen("BEGIN; UPDATE users SET age = 0; SELECT pg_sleep(0.5); COMMIT")

    assert step["locks"] == {"users": "RowExclusiveLock"}
    assert 0.5 <= step["seconds"] < 100, "in milliseconds it would be 500"


def test_locks_are_told_in_words(users: Rehearsal) -> None:
    done = users.run("ALTER TABLE users ADD mail text", "SELECT 1")

    assert "locks: users AccessExclusiveLock (nobody else can read or write)" in done.stdout
    assert "locks: none that anybody waits for" in done.stdout


def test_a_role_that_is_no_superuser_can_rehearse(make_shop: Make, tmp_path: Path) -> None:
    (step,) = rehearsal(make_shop(MADE, superuser=False), tmp_path).seen(
        "BEGIN; ALTER TABLE users ADD mail text; SELECT pg_sleep(0.5); COMMIT"
    )

    assert step["locks"] == {"users": "AccessExclusiveLock"}


def test_the_copy_has_the_settings_of_the_database(make_shop: Make, tmp_path: Path) -> None:
    shop = make_shop("CREATE SCHEMA own; CREATE TABLE own.one (id integer)")
    shop.sql(f"ALTER DATABASE {shop.name} SET search_path TO own")

    (step,) = rehearsal(shop, tmp_path).seen("DROP TABLE one")

    assert step["destructive"] == ["table own.one is gone, with its 0 rows"]


def test_a_step_that_fails_says_why_and_leaves_no_database(
    users: Rehearsal, cluster: Cluster
) -> None:
    before = cluster.databases()
    done = users.run("UPDATE users SET no_such_column = 1")

    assert done.returncode == 1
    assert 'column "no_such_column" of relation "users" does not exist' in done.stderr
    assert "migration 0001 failed in its rehearsal" in done.stderr
    assert cluster.databases() == before
    assert not users.folder.exists()


def test_a_server_that_is_not_there_is_told(users: Rehearsal) -> None:
    users.environment.write_text("DATABASE_URL=postgresql://shop@/shop?host=/nowhere\n")

    done = users.run("SELECT 1")

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "/nowhere" in done.stderr
    cleared = subprocess.run(users.command("clear"), capture_output=True, text=True, check=False)
    assert cleared.returncode == 0
    assert "the scratch database may be left" in cleared.stderr


def test_an_empty_database_is_not_rehearsed_on(make_shop: Make, tmp_path: Path) -> None:
    done = rehearsal(make_shop(), tmp_path).run("this is no SQL")

    assert done.returncode == 0, done.stderr
    assert "empty, so there is nothing to rehearse on" in done.stdout


def test_clear_drops_what_a_killed_one_left(users: Rehearsal, cluster: Cluster) -> None:
    before = cluster.databases()
    pipe = subprocess.PIPE
    with subprocess.Popen(users.command("run"), stdin=pipe, stdout=pipe, text=True) as running:
        assert running.stdin
        running.stdin.write(users.asked(LONG))
        running.stdin.close()
        running.stdin = None
        deadline = time.monotonic() + 30
        while "SELECT" not in _active(cluster):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        running.send_signal(signal.SIGKILL)
    assert cluster.databases() != before
    assert users.folder.exists()

    for _ in range(2):
        assert subprocess.run(users.command("clear"), check=False).returncode == 0
        assert cluster.databases() == before
        assert not users.folder.exists()


def _active(cluster: Cluster) -> str:
    query = "SELECT query FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60%'"
    return cluster.sql("postgres", query)
