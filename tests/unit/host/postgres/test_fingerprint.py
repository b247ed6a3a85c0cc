"""The fingerprint sees every write, and nothing but writes."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.host.postgres.cluster import Cluster, Shop, say

MakeShop = Callable[..., Shop]
SCRIPT = """
CREATE TABLE t (id serial PRIMARY KEY, v text);
INSERT INTO t (v) SELECT repeat('x', 3000) FROM generate_series(1, 50);
CREATE UNLOGGED TABLE u (v int); INSERT INTO u VALUES (1);
CREATE SEQUENCE s; CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n FROM t;
SELECT lo_from_bytea(77, 'x');
"""
WRITES = {
    "insert": "INSERT INTO t (v) VALUES ('new')",
    "update": "UPDATE t SET v = 'y' WHERE id = 1",
    "delete": "DELETE FROM t WHERE id = 1",
    "copy": "COPY u FROM STDIN;\n5\n\\.\n",
    "one in, one out": "INSERT INTO u VALUES (2); DELETE FROM u WHERE v = 2",
    "truncate": "TRUNCATE t",
    "truncate, nothing in": "TRUNCATE u",
    "nextval": "SELECT nextval('s')",
    "setval": "SELECT setval('s', 9, false)",
    "setval of a fresh one": "SELECT setval('s', 5, false)",
    "large object": "SELECT lo_put(77, 0, 'y')",
    "large object gone": "SELECT lo_unlink(77)",
    "refresh": "REFRESH MATERIALIZED VIEW m",
    "new table": "CREATE TABLE n ()",
    "new column": "ALTER TABLE t ADD COLUMN n int",
    "comment": "COMMENT ON TABLE t IS 'new'",
    "grant": "GRANT SELECT ON t TO pg_monitor",
    "function": "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "drop": "DROP TABLE u",
    "counters reset": "SELECT pg_stat_reset()",
    "counters of one table reset": "SELECT pg_stat_reset_single_table_counters('t'::regclass)",
}
# What the server does by itself, and what others do elsewhere.
QUIET = {
    "reading": "SELECT count(*) FROM t; SELECT * FROM s; SELECT * FROM m",
    "vacuum": "VACUUM",
    "freeze": "VACUUM (FREEZE)",
    "analyze": "ANALYZE",
    "checkpoint": "CHECKPOINT",
    "another database": "CREATE DATABASE quiet; DROP DATABASE quiet",
    "roles": "CREATE ROLE quiet; DROP ROLE quiet",
    "log": "SELECT pg_switch_wal()",
}


@pytest.fixture
def shop(make_shop: MakeShop) -> Shop:
    return make_shop(SCRIPT)


def test_every_write_is_seen(shop: Shop) -> None:
    """Each by a connection that has just ended, one after the other."""
    seen = [shop.fingerprint()]
    assert seen[0] is not None
    for kind, write in WRITES.items():
        # not within a transaction: what is done and undone counts, too
        shop.sql(write, "postgres" if "counters" in kind else "shop")
        seen.append(shop.fingerprint())
        assert seen[-1] not in (None, *seen[:-1]), kind


def test_nothing_but_writes_is_seen(shop: Shop) -> None:
    before = shop.fingerprint()
    assert before is not None
    for kind, act in QUIET.items():
        for statement in act.split("; "):
            shop.sql(statement, "postgres")
        assert shop.fingerprint() == before, kind
    shop.back_up()
    shop.ok("losses", "--manifest", shop.manifest)
    assert shop.fingerprint() == before


def test_autovacuum_is_not_seen(shop: Shop) -> None:
    shop.sql("DELETE FROM t WHERE id % 2 = 0")  # reason enough for both of its works
    before = shop.fingerprint()
    settings = {"autovacuum": "on", "autovacuum_naptime": "1", "autovacuum_vacuum_threshold": "1"}
    settings |= {"autovacuum_analyze_threshold": "1"}
    for name, value in settings.items():
        shop.sql(f"ALTER SYSTEM SET {name} = '{value}'", "postgres")
    shop.sql("SELECT pg_reload_conf()", "postgres")
    try:
        done = "SELECT last_autovacuum IS NOT NULL AND last_autoanalyze IS NOT NULL"
        deadline = time.monotonic() + 60
        while shop.sql(f"{done} FROM pg_stat_user_tables WHERE relname = 't'") != "t":
            assert time.monotonic() < deadline
            time.sleep(0.2)
    finally:
        shop.sql("ALTER SYSTEM RESET ALL", "postgres")
        shop.sql("SELECT pg_reload_conf()", "postgres")
    assert shop.fingerprint() == before


def test_a_write_by_a_connection_that_stays_is_never_missed(shop: Shop) -> None:
    """Its counts come late: until then nothing is said, or the write is."""
    before = shop.fingerprint()
    writer = shop.cluster.session(shop.name)
    say(writer, "SELECT pg_sleep(0)")
    assert shop.fingerprint() is None  # it may have written
    told = []
    # what follows a report within a second waits in the backend for up to 10 s
    counted, rows = "SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'u'", 1
    while rows < 40:
        say(writer, f"INSERT INTO u SELECT {rows}")
        told.append(shop.fingerprint())
        rows += 1
        if int(shop.sql(counted)) < rows:
            break  # the counts alone would miss one
    else:
        pytest.fail("no write was counted late")
    deadline = time.monotonic() + 30
    while (found := shop.fingerprint()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert shop.sql(counted) == str(rows)
    assert before not in (found, *told)
    # a pool that only waits is no obstacle, a transaction is
    assert shop.fingerprint() == found
    say(writer, "BEGIN")
    time.sleep(0.1)
    assert shop.fingerprint() is None
    writer.terminate()
    writer.wait()
    assert shop.fingerprint() == found


def test_a_prepared_transaction_counts_when_it_is_committed(shop: Shop) -> None:
    shop.sql("BEGIN; INSERT INTO u VALUES (5); PREPARE TRANSACTION 'p'")
    before = shop.fingerprint()
    shop.sql("COMMIT PREPARED 'p'")
    assert shop.fingerprint() != before


def test_uncounted_sessions_are_not_trusted(shop: Shop) -> None:
    shop.cluster.sql("postgres", "ALTER ROLE shop SET track_counts = off")
    found = shop.fingerprint()
    shop.cluster.sql("postgres", "ALTER ROLE shop RESET track_counts")
    assert found is None
    assert shop.fingerprint() is not None


def test_a_role_that_sees_less_says_less_or_the_same(make_shop: MakeShop) -> None:
    shop = make_shop("SET ROLE shop; CREATE TABLE t (id serial)")
    whole = shop.fingerprint()
    shop.superuser = False
    assert shop.fingerprint() == whole
    other = shop.cluster.session(shop.name)
    say(other, "SELECT 1")
    time.sleep(0.1)
    assert shop.fingerprint() is None
    other.terminate()
    other.wait()


def test_counts_that_were_lost_in_a_crash_are_no_evidence(tmp_path: Path) -> None:
    cluster = Cluster()
    try:
        shop = Shop(cluster, "shop", tmp_path)
        cluster.sql("postgres", "CREATE DATABASE shop OWNER shop")
        shop.sql("CREATE TABLE t (a int)")

        def crash() -> None:
            """End one backend as a bug does; the server itself goes on."""
            victim = cluster.session("postgres")
            say(victim, "SELECT 1")
            others = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
            pid = cluster.sql("postgres", f"SELECT pid FROM pg_stat_activity WHERE {others}")  # noqa: S608
            helper = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'"
            there = Path("/proc", cluster.sql("postgres", helper).strip())
            os.kill(int(pid), signal.SIGKILL)
            victim.terminate()
            victim.wait()
            # the server ends its other processes when it has noticed; until then it looks ready
            while there.exists() or not cluster.ready():
                time.sleep(0.1)

        crash()
        before = shop.fingerprint()
        shop.sql("INSERT INTO t VALUES (1)")
        crash()
        assert shop.sql("SELECT n_tup_ins FROM pg_stat_user_tables") == "0"
        assert before is not None
        assert shop.fingerprint() not in (before, None)
    finally:
        cluster.close()
