"""Round trips: what is backed up comes back, whatever it is and whatever the source is doing."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from changeover.host.postgres.cli import REMEDIES
from changeover.host.postgres.session import Trouble
from tests.unit.host.postgres.cluster import PASSWORD, QUOTED, Cluster, Shop

ODD = (Path(__file__).parents[1] / "odd.sql").read_text()
MakeShop = Callable[..., Shop]
EVERYTHING = "SELECT json_agg(t::text ORDER BY t::text) FROM {} AS t"
# a restore may give inherited columns another place
CHILD = "(SELECT a, b, z FROM child)"
ODD_TABLES = ('"odd Schema %"."Tab.le ""1%"', "users", "serials", "part", "hp", CHILD, "vv")


@pytest.fixture
def odd(cluster: Cluster, make_shop: MakeShop) -> Shop:
    cluster.sql(
        "postgres",
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reader')"
        " THEN CREATE ROLE reader; END IF; END $$",
    )
    return make_shop(ODD, "odd \"Näme: %s'", trusted=True)


def read(shop: Shop) -> list[str]:
    found = [shop.sql(EVERYTHING.format(table)) for table in ODD_TABLES]
    found.append(shop.sql("SELECT json_agg(lo_get(oid)) FROM pg_largeobject_metadata"))
    found.append(shop.sql("SELECT nextval('neg'), nextval('users_id_seq')"))
    return [*found, shop.sql("SELECT relacl FROM pg_class WHERE relname = 'users'")]


def test_every_odd_value_comes_back(odd: Shop) -> None:
    manifest = odd.back_up()
    odd.sql("SELECT setval('neg', -5), setval('users_id_seq', 2)")
    before = read(odd)
    odd.sql("DELETE FROM users; DROP VIEW vv; SELECT lo_unlink(oid) FROM pg_largeobject_metadata")
    odd.ok("restore", "--manifest", odd.manifest)
    assert read(odd) == before
    assert manifest["content"]["tables"]["public.nocols"]["rows"] == 2
    assert manifest["content"]["tables"]["public.part"]["rows"] == 2
    assert manifest["content"]["tables"]["large objects"]["rows"] == 2
    assert "public.pf1" not in manifest["content"]["tables"]  # another server's
    # its own backup, too
    odd.back_up("second")


def test_manifest_says_what_was_backed_up(odd: Shop) -> None:
    manifest = odd.back_up()
    assert (manifest["app"], manifest["release"], manifest["commit"]) == ("shop", "r1", "c0ffee")
    assert manifest["revisions"] == ["a", "auth.0001_initial", "b"]
    assert manifest["verified"] is True
    assert manifest["database"] == odd.name
    assert manifest["properties"]["owner"] == "shop"
    assert manifest["properties"]["encoding"] == "UTF8"
    assert manifest["properties"]["locale"]["LC_CTYPE"] == "C.UTF-8"
    assert manifest["server"]["version"].startswith(odd.cluster.programs.parent.name)
    assert manifest["source_fingerprint"] == odd.fingerprint()
    files = {entry.name: entry for entry in odd.backups.iterdir()}
    assert set(files) == {"first.json", "first.postgres.zst"}
    assert {entry.stat().st_mode & 0o777 for entry in files.values()} == {0o600}
    assert manifest["artefact"]["size"] == files["first.postgres.zst"].stat().st_size
    assert odd.ok("verify", "--manifest", odd.manifest)["verified"] is True
    assert "exists already" in odd.refused("backup", *odd.backup_words())


def test_text_does_not_hang_on_settings(make_shop: MakeShop) -> None:
    shop = make_shop("CREATE TABLE t AS SELECT now() AS a, 0.1::float8 AS b, '\\x00'::bytea AS c")
    first = shop.back_up()["content"]
    for setting in ("DateStyle = 'German'", "TimeZone = 'Asia/Tokyo'", "extra_float_digits = -3"):
        shop.sql(f"ALTER DATABASE {shop.name} SET {setting}")
    shop.sql(f"ALTER DATABASE {shop.name} SET statement_timeout = 1")
    assert shop.back_up("second")["content"] == first


def test_backup_under_a_writer_is_one_snapshot(make_shop: MakeShop) -> None:
    shop = make_shop(
        "CREATE TABLE a (n serial PRIMARY KEY, pad text); CREATE TABLE b (n int, pad text);"
        "INSERT INTO a (pad) SELECT repeat('x', 200) FROM generate_series(1, 20000);"
        "INSERT INTO b SELECT n, pad FROM a"
    )
    stop, written = threading.Event(), [0]

    def write() -> None:
        row = "INSERT INTO a (pad) VALUES ('new'); INSERT INTO b SELECT max(n), 'new' FROM a;"
        while not stop.is_set():
            shop.sql(f"BEGIN; {row} COMMIT;" * 20)
            written[0] += 20

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while not written[0]:
            stop.wait(0.01)
        before = written[0]
        manifest = shop.back_up()
        assert written[0] > before
    finally:
        stop.set()
        writer.join()
    tables = manifest["content"]["tables"]
    assert tables["public.a"]["rows"] == tables["public.b"]["rows"]
    assert 20000 + before <= tables["public.a"]["rows"] < 20000 + written[0]
    assert manifest["source_fingerprint"] != shop.fingerprint()
    shop.ok("restore", "--manifest", shop.manifest)
    shop.sql("INSERT INTO a (pad) VALUES ('the sequence is beyond every row')")


def _below(first: int) -> Iterator[int]:
    """Yield the processes that a process has started, and those that they have: no neighbour's."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    waiting = [first]
    while waiting:
        found = children.get(waiting.pop(), [])
        yield from found
        waiting += found


def test_the_password_is_seen_nowhere(make_shop: MakeShop, tmp_path: Path) -> None:
    """Of the URL's own role, which also owns what it backs up."""
    shop = make_shop(
        "SET ROLE shop; CREATE TABLE t (a serial, b text CHECK (b IN ('x', 'y')));"
        "INSERT INTO t (b) VALUES ('x'), ('y')",
        superuser=False,
    )
    stop, seen = threading.Event(), set()

    def watch() -> None:
        while not stop.is_set():
            for process in _below(os.getpid()):
                with suppress(OSError):
                    seen.add(Path(f"/proc/{process}/cmdline").read_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        done = shop.run("backup", *shop.backup_words())
    finally:
        stop.set()
        watcher.join()
    assert done.returncode == 0, done.stderr
    assert any(b"pg_dump" in words for words in seen)
    told = b"".join(seen).decode(errors="replace") + done.stdout + done.stderr
    told += (tmp_path / "backups/first.json").read_text()
    told += (shop.cluster.folder / "log").read_text()
    assert PASSWORD not in told
    assert QUOTED not in told
    shop.sql("DELETE FROM t")
    shop.ok("restore", "--manifest", shop.manifest, "--unless-unchanged")
    assert shop.sql("SELECT count(*) FROM t") == "2"
    text = shop.environment.read_text()
    for wrong in (text.replace(QUOTED, "wrong"), text.replace(QUOTED, PASSWORD)):
        shop.environment.write_text(wrong)
        said = shop.refused("backup", *shop.backup_words("second"))
        assert "wrong" not in said
        assert "cr@t" not in said


def test_a_role_without_rights_is_told_so(cluster: Cluster, make_shop: MakeShop) -> None:
    shop = make_shop(superuser=False)
    cluster.sql("postgres", "ALTER ROLE shop NOCREATEDB")
    said = shop.refused("backup", *shop.backup_words())
    cluster.sql("postgres", "ALTER ROLE shop CREATEDB")
    assert "permission denied to create database; ALTER ROLE ... CREATEDB on that server" in said


def test_a_reason_is_said_once_however_many_ways_were_tried() -> None:
    server, reason = 'connection to server at "localhost"', 'FATAL:  password failed for user "u"'
    said = f"psql: error: {server} (::1), port 5432 failed: {reason}\n"
    said += f"{server} (127.0.0.1), port 5432 failed: {reason}\n"
    told = str(Trouble(said))
    assert told.count("password failed") == 1
    assert "(::1)" in told
    assert "refused" in str(Trouble(f"{said}{server} (127.0.0.2) failed: Connection refused"))


def test_no_remedy_names_an_option_of_the_program() -> None:
    assert not [remedy for _, remedy in REMEDIES if "--" in remedy]
    named = dict(REMEDIES)["must be member of role"]
    assert "Database(as_superuser=True) in the deploy file" in named


def test_revisions_are_told_quickly_and_always(make_shop: MakeShop) -> None:
    shop = make_shop("CREATE TABLE x (a int)")
    found = shop.ok("revisions")
    assert (found["exists"], found["revisions"], found["error"]) == (True, [], None)
    assert found["size"] > 1_000_000
    shop.sql("CREATE SCHEMA app; CREATE TABLE app.django_migrations (app text, name text)")
    shop.sql("INSERT INTO app.django_migrations VALUES ('z', '2'), ('a', '1')")
    assert shop.ok("revisions")["revisions"] == ["a.1", "z.2"]
    shop.environment.write_text(shop.environment.read_text().replace(shop.name, "absent"))
    found = shop.ok("revisions")
    assert found["exists"] is False
    assert '"absent" does not exist' in found["error"]
    shop.environment.write_text("DATABASE_URL=postgres://u:secret@/x?host=/nowhere\n")
    found = shop.ok("revisions")
    assert found["exists"] is None
    assert "secret" not in json.dumps(found)
