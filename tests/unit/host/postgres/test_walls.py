"""An app's role gains nothing by what it puts into its database, and holds nobody up."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.host.postgres.cluster import PASSWORD, Cluster, Shop, say
from tests.unit.host.rehearse.test_postgres import rehearsal

MakeShop = Callable[..., Shop]
# Whoever runs it as somebody that may makes the role a superuser.
RISE = """
CREATE FUNCTION public.rise() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
    EXECUTE 'ALTER ROLE shop SUPERUSER'; RETURN true;
EXCEPTION WHEN OTHERS THEN RETURN true; END $$;
"""
TRAPS = {
    # to_jsonb and to_json ask for casts of a column's type
    "cast": """
CREATE TYPE version AS (text text);
CREATE FUNCTION told(version) RETURNS json LANGUAGE plpgsql AS $$ BEGIN
    PERFORM public.rise(); RETURN '"0001"'; END $$;
CREATE CAST (version AS json) WITH FUNCTION told(version);
CREATE FUNCTION said(version) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
    PERFORM public.rise(); RETURN '0001'; END $$;
CREATE CAST (version AS text) WITH FUNCTION said(version) AS IMPLICIT;
CREATE TABLE alembic_version (version_num version);
INSERT INTO alembic_version VALUES (ROW('0001'));""",
    "view": """CREATE TABLE kept (version_num text DEFAULT '0001'); INSERT INTO kept DEFAULT VALUES;
CREATE MATERIALIZED VIEW seen AS SELECT public.rise();
CREATE VIEW alembic_version AS SELECT version_num FROM kept WHERE public.rise();""",
    "check": "CREATE TABLE t (a int CHECK (public.rise())); INSERT INTO t VALUES (1);",
    "domain": "CREATE DOMAIN d AS int CHECK (public.rise()); CREATE TABLE t (a d);"
    "INSERT INTO t VALUES (1);",
    "index": "CREATE FUNCTION public.quiet(a int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS"
    " 'BEGIN RETURN public.rise(); END';"
    "CREATE TABLE t (a int); INSERT INTO t VALUES (1); CREATE INDEX ON t (public.quiet(a));",
}


def is_superuser(cluster: Cluster) -> bool:
    return cluster.sql("postgres", "SELECT rolsuper FROM pg_roles WHERE rolname = 'shop'") == "t"


@pytest.fixture(autouse=True)
def lowered(cluster: Cluster) -> Iterator[None]:
    yield
    cluster.sql("postgres", "ALTER ROLE shop NOSUPERUSER")


def everything(shop: Shop, folder: Path) -> None:
    """Do whatever is ever done with a database."""
    shop.run("revisions")
    shop.run("backup", *shop.backup_words())
    for command in ("verify", "losses", "restore"):
        shop.run(command, "--manifest", shop.manifest)
    shop.run("connections")
    shop.run("kept")
    work = folder / "rehearsal"
    work.mkdir()
    rehearsal(shop, work).run("CREATE TABLE more (a int)")


@pytest.mark.parametrize("trap", TRAPS)
def test_nothing_makes_the_apps_role_a_superuser(
    make_shop: MakeShop, cluster: Cluster, tmp_path: Path, trap: str
) -> None:
    shop = make_shop(RISE + TRAPS[trap])
    everything(shop, tmp_path)
    assert not is_superuser(cluster)
    assert shop.manifest.exists(), "the app's own odd ways are no reason to refuse it"


@pytest.mark.parametrize("trap", list(TRAPS))
def test_a_trusted_app_could(
    make_shop: MakeShop, cluster: Cluster, tmp_path: Path, trap: str
) -> None:
    """So the traps are real ones: this is what Database(as_superuser=True) accepts."""
    shop = make_shop(RISE + TRAPS[trap], trusted=True)
    everything(shop, tmp_path)
    assert is_superuser(cluster)


def test_what_the_role_does_not_own_is_refused_by_name(make_shop: MakeShop) -> None:
    shop = make_shop("CREATE TABLE own (a int)")
    shop.sql(
        "CREATE TABLE theirs (a int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';"
        "CREATE SCHEMA aside; CREATE PUBLICATION p; SELECT lo_create(12345);"
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO shop; GRANT ALL ON theirs TO shop",
        "postgres",
    )
    said = shop.refused("backup", *shop.backup_words())
    assert "its role shop does not own all that is in it" in said
    named = ("default privileges", "function public.f()", "large object 12345", "publication p")
    for what in (*named, "schema aside", "table public.theirs"):
        assert f"{what} (of postgres)" in said
    assert "own (of" not in said
    assert "Database(as_superuser=True)" in said
    assert list(shop.backups.iterdir()) == []
    shop.trusted = True
    assert shop.back_up()["verified"]


def test_grants_that_the_role_could_not_give_again_are_refused_by_name(
    make_shop: MakeShop, cluster: Cluster
) -> None:
    cluster.sql("postgres", "CREATE ROLE clerk; CREATE ROLE guest")
    shop = make_shop(
        "CREATE TABLE t (a int, b int); GRANT SELECT ON t TO clerk WITH GRANT OPTION;"
        "CREATE TABLE own (a int); GRANT SELECT ON own TO guest; GRANT SELECT (a) ON own TO clerk"
    )
    shop.sql("CREATE EXTENSION postgres_fdw; CREATE EXTENSION pg_stat_statements", "postgres")
    assert shop.back_up()["verified"], "its own it can give again, and extensions bring theirs"
    shop.sql(
        "GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO shop;"
        "GRANT EXECUTE ON FUNCTION pg_stat_statements_reset TO shop;"
        "GRANT SELECT (rolname) ON pg_authid TO shop;"
        "SET SESSION AUTHORIZATION clerk; GRANT SELECT ON t TO guest",
        "postgres",
    )
    shop.manifest.unlink()
    said = shop.refused("backup", *shop.backup_words())
    for what in (
        "grants on foreign-data wrapper postgres_fdw (of postgres)",
        "grants on function public.pg_stat_statements_reset(",
        "grants on table column pg_catalog.pg_authid.rolname (of postgres)",
        "grants on table public.t (of clerk)",
    ):
        assert what in said
    assert "public.own" not in said
    shop.trusted = True
    assert shop.back_up()["verified"]


def test_an_extension_that_needs_a_superuser_comes_back(
    make_shop: MakeShop, cluster: Cluster
) -> None:
    shop = make_shop(
        "CREATE EXTENSION citext; CREATE TABLE t (a citext); INSERT INTO t VALUES ('A')"
    )
    shop.sql("CREATE EXTENSION dblink; CREATE EXTENSION pageinspect", "postgres")
    manifest = shop.back_up()
    assert sorted(one["name"] for one in manifest["extensions"]) == ["dblink", "pageinspect"]
    shop.sql("DELETE FROM t")
    shop.ok("restore", "--manifest", shop.manifest)
    assert shop.sql("SELECT a FROM t") == "A"
    assert shop.sql("SELECT count(*) FROM pg_extension") == "4"
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert shop.sql(owner) == "shop"
    assert not is_superuser(cluster)


def test_a_database_of_another_owner_keeps_it(make_shop: MakeShop, cluster: Cluster) -> None:
    """As many tutorials make it: the database is postgres's, the role has rights in it."""
    shop = make_shop()
    cluster.sql("postgres", f"ALTER DATABASE {shop.name} OWNER TO postgres")
    shop.sql("GRANT ALL ON SCHEMA public TO shop", "postgres")
    shop.sql("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    shop.back_up()
    shop.sql("DELETE FROM t")
    shop.ok("restore", "--manifest", shop.manifest)
    assert shop.sql("SELECT a FROM t") == "1"
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert shop.sql(owner) == "postgres"
    assert shop.back_up("again")["content"]["schema"]


def test_a_lock_without_end_keeps_no_probe_and_no_restore_waiting(make_shop: MakeShop) -> None:
    shop = make_shop("CREATE TABLE alembic_version (version_num text); CREATE SEQUENCE s")
    shop.back_up()
    holder = shop.cluster.session(shop.name)
    say(holder, "BEGIN; LOCK TABLE alembic_version")
    # nobody lets go of the lock meanwhile
    assert "lock timeout" in shop.ok("revisions")["error"]
    shop.ok("restore", "--manifest", shop.manifest)
    holder.communicate()


# Whoever was just sent away comes back at once, as the app's role, into any database.
BACK_AGAIN = """
import subprocess
from host.postgres import server as postgres_server
close = postgres_server.close_connections
def return_at_once(admin, database, spared="0"):
    close(admin, database, spared)
    words = ["psql", "-Xqd", "postgresql://shop@/" + database + "?host={folder}"]
    known = {{"PGPASSWORD": "{password}", "PATH": "/usr/bin:/bin"}}
    words += ["-c", "SELECT pg_sleep(20)"]
    there = subprocess.Popen(words, env=known, stderr=subprocess.DEVNULL)
    assert there.wait(timeout=15) == 2, "it was let in"
postgres_server.close_connections = return_at_once
"""


def test_who_comes_back_at_once_finds_the_door_closed(make_shop: MakeShop) -> None:
    shop = make_shop("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    shop.back_up()
    shop.sql("DELETE FROM t")
    change = BACK_AGAIN.format(folder=shop.cluster.folder, password=PASSWORD)
    done = shop.patched(change, "restore", "--manifest", shop.manifest)
    assert done.returncode == 0, done.stderr
    assert shop.sql("SELECT a FROM t") == "1"


def test_more_migrations_than_there_can_be_are_refused(make_shop: MakeShop) -> None:
    shop = make_shop(
        "CREATE TABLE alembic_version (version_num text);"
        "INSERT INTO alembic_version SELECT repeat('x', 1000) FROM generate_series(1, 30000)"
    )
    found = shop.ok("revisions")
    assert "more migrations than anybody has" in found["error"]
    assert found["revisions"] == []


def test_the_apps_role_makes_nothing_look_set_aside(make_shop: MakeShop) -> None:
    shop = make_shop()
    for when in ("2026-01-01T00:00:00Z", "never"):
        note = f'{{"changeover": "kept", "database": "{shop.name}", "name": "{shop.name}"'
        shop.sql(f"""COMMENT ON DATABASE {shop.name} IS '{note}, "when": "{when}"}}'""")
        assert shop.ok("kept") == []
        assert "was not set aside" in shop.refused("drop-kept", shop.name)


def test_words_without_end_hold_nobody_up(make_shop: MakeShop) -> None:
    shop = make_shop(
        "CREATE FUNCTION loud() RETURNS text LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM set_config('client_min_messages', 'notice', false);"
        " FOR i IN 1..1000 LOOP RAISE NOTICE '%', repeat('x', 1000); END LOOP;"
        " RETURN '0001'; END $$;"
        "CREATE TYPE v AS (t text); CREATE FUNCTION said(v) RETURNS text LANGUAGE sql AS"
        " 'SELECT public.loud()'; CREATE CAST (v AS text) WITH FUNCTION said(v) AS IMPLICIT;"
        "CREATE TABLE alembic_version (version_num v);"
        "INSERT INTO alembic_version VALUES (ROW('1')); CREATE TABLE t (a text CHECK"
        " (public.loud() = '0001')); INSERT INTO t VALUES ('1')"
    )
    # each has a limit in the tests, and would wait for ever
    assert shop.ok("revisions")["revisions"] == ["0001"]
    shop.run("backup", *shop.backup_words())
