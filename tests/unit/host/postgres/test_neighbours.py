"""What other roles of a server do, and what an app's role does to itself, spoils no undo."""

import json
import os
import pwd
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from changeover.host.postgres import clients as postgres_clients
from changeover.host.postgres.here import HERE
from tests.unit.host.postgres.cluster import PASSWORD, Cluster, Shop
from tests.unit.host.rehearse.test_postgres import rehearsal

MakeShop = Callable[..., Shop]
# while the scratch database is there, another role asks to be let in
KNOCK = """
import subprocess
load = postgres_load.load
def knock(access, major, artefact, database, only):
    reach = "postgresql://other@/" + database + "?host={folder}"
    words = ["psql", "-XAtd", reach, "-c", "SELECT 1"]
    known = {{"PGPASSWORD": "{password}", "PATH": "/usr/bin:/bin"}}
    done = subprocess.run(words, env=known, capture_output=True, text=True)
    assert "permission denied for database" in done.stderr, done
    load(access, major, artefact, database, only)
postgres_load.load = knock
"""


@pytest.fixture
def other(cluster: Cluster) -> Iterator[str]:
    cluster.sql("postgres", f"CREATE ROLE other LOGIN PASSWORD '{PASSWORD}'")
    yield "other"
    cluster.sql("postgres", "DROP DATABASE IF EXISTS others WITH (FORCE); DROP ROLE other")


@pytest.fixture(autouse=True)
def role_as_it_was(cluster: Cluster) -> Iterator[None]:
    yield
    as_made = f"ALTER ROLE shop CONNECTION LIMIT -1 PASSWORD '{PASSWORD}'"
    cluster.sql("postgres", f"ALTER ROLE shop RESET ALL; {as_made}")


def test_the_scratch_database_lets_no_other_role_in(make_shop: MakeShop, other: str) -> None:
    shop = make_shop("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    change = KNOCK.format(folder=shop.cluster.folder, password=PASSWORD)
    done = shop.patched(change, "backup", *shop.backup_words())
    assert done.returncode == 0, done.stderr
    shop.ok("restore", "--manifest", shop.manifest)
    # but the database that it becomes is open to those to whom it was
    may = f"SELECT has_database_privilege('{other}', current_database(), 'CONNECT')"
    assert shop.sql(may) == "t"


@pytest.mark.parametrize("when", ["2026-01-01T00:00:00Z", "0001-01-01T00:00:00"])
def test_another_roles_database_is_never_what_was_set_aside(
    make_shop: MakeShop, cluster: Cluster, other: str, when: str
) -> None:
    shop = make_shop()
    note = {"changeover": "kept", "database": shop.name, "name": "others", "when": when}
    cluster.sql("postgres", f"CREATE DATABASE others OWNER {other}")
    cluster.sql("postgres", f"COMMENT ON DATABASE others IS '{json.dumps(note)}'")
    assert shop.ok("revisions")["kept"] == shop.ok("kept") == []
    assert "was not set aside" in shop.refused("drop-kept", "others")


HARM = {
    "library": "ALTER ROLE shop SET local_preload_libraries = 'nosuch'",
    "password": "ALTER ROLE shop PASSWORD 'forgotten'",
    "idle": "ALTER ROLE shop SET idle_session_timeout = '1ms'",
    "arrays": "ALTER ROLE shop SET array_nulls = off",
    "limit": "ALTER DATABASE {name} CONNECTION LIMIT 0",
    "database": "ALTER DATABASE {name} SET local_preload_libraries = 'nosuch'",
    "rights": "REVOKE ALL ON DATABASE {name} FROM PUBLIC, shop",
    "reading": "ALTER DATABASE {name} SET default_transaction_read_only = on",
    "comment": "COMMENT ON DATABASE {name} IS 'x'",
}


@pytest.mark.parametrize("harm", HARM)
def test_an_undo_takes_back_what_was_done_to_role_and_database(
    make_shop: MakeShop, cluster: Cluster, harm: str
) -> None:
    shop = make_shop("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    shop.back_up()
    before = about(cluster, shop)
    cluster.sql("postgres", HARM[harm].format(name=shop.name))
    restore = ["restore", "--manifest", str(shop.manifest), "--unless-unchanged", "--as-it-was"]
    assert "unchanged" not in shop.ok(*restore) or harm in ("library", "password", "idle", "arrays")
    assert about(cluster, shop) == before
    reach = f"postgresql://shop@/{shop.name}?host={cluster.folder}"
    words = ["psql", "-XAtd", reach, "-c", "UPDATE t SET a = a RETURNING a"]
    known = {"PGPASSWORD": PASSWORD, "PATH": "/usr/bin:/bin"}
    done = subprocess.run(words, env=known, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("1\n"), done.stderr


def about(cluster: Cluster, shop: Shop) -> list[str]:
    role = "SELECT rolconnlimit, rolpassword FROM pg_authid WHERE rolname = 'shop'"
    database = f"FROM pg_database WHERE datname = '{shop.name}'"
    queries = (
        role,
        "SELECT setconfig FROM pg_db_role_setting WHERE setrole = 'shop'::regrole",
        f"SELECT datconnlimit, shobj_description(oid, 'pg_database') {database}",
        f"SELECT has_database_privilege('shop', oid, 'CONNECT') {database}",
    )
    return [cluster.sql("postgres", query) for query in queries]


def test_a_rehearsal_does_nothing_to_the_role(
    make_shop: MakeShop, cluster: Cluster, tmp_path: Path
) -> None:
    shop = make_shop("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    before = about(cluster, shop)
    work = tmp_path / "rehearsal"
    work.mkdir()
    done = rehearsal(shop, work).run("ALTER ROLE shop SET work_mem = '7MB'")
    assert done.returncode == 0, done.stderr
    assert "the migrations changed the role shop: it was put back" in done.stderr
    assert about(cluster, shop) == before


def test_the_verifier_of_a_password_is_not_printed(make_shop: MakeShop) -> None:
    shop = make_shop()
    said = shop.run("backup", *shop.backup_words())
    assert "SCRAM" in shop.manifest.read_text()
    assert "SCRAM" not in said.stdout + said.stderr


def test_an_extension_brings_those_that_it_needs(make_shop: MakeShop) -> None:
    shop = make_shop()
    shop.sql("CREATE EXTENSION earthdistance CASCADE", "postgres")
    assert shop.back_up()["verified"]
    shop.ok("restore", "--manifest", shop.manifest)
    assert shop.sql("SELECT count(*) FROM pg_extension") == "3"


def test_rows_that_the_role_does_not_see_are_named(make_shop: MakeShop) -> None:
    shop = make_shop(
        "CREATE TABLE t (a int); ALTER TABLE t ENABLE ROW LEVEL SECURITY;"
        "ALTER TABLE t FORCE ROW LEVEL SECURITY"
    )
    said = shop.refused("backup", *shop.backup_words())
    assert "FORCE ROW LEVEL SECURITY hides rows of public.t from its role shop" in said
    assert "as_superuser=True" in said


def is_entered(pid: int, user: str) -> bool:
    """Tell whether another process of that user sees what this one sees."""
    become = ["setpriv", "--reuid", user, "--clear-groups"]
    look = ["stat", f"/proc/{pid}/root/etc"]
    return subprocess.run([*become, *look], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a second user")
def test_what_runs_as_the_apps_user_shows_the_app_no_more(tmp_path: Path) -> None:
    user, pipe = pwd.getpwnam("games"), subprocess.PIPE
    tmp_path.chmod(0o711)
    for above in tmp_path.parents[:3]:
        above.chmod(above.stat().st_mode | 0o011)
    original = HERE.client("pg_restore")
    mask = os.umask(0o077)
    closed = postgres_clients.out_of_reach(Path(original), tmp_path / "clients")
    os.umask(mask)
    assert postgres_clients.out_of_reach(Path(original), tmp_path / "clients") == closed
    for program, seen in ((original, True), (closed, False)):
        with subprocess.Popen(
            [original, "--list"], executable=program, user=user.pw_uid, stdin=pipe, stdout=pipe
        ) as waiting:
            assert is_entered(waiting.pid, user.pw_name) is seen
            waiting.kill()
