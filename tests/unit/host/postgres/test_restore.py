"""Restoring beside, swapping in one transaction, and programs killed at every statement."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.unit.host.postgres.cluster import PATCHED, Shop, say
from tests.unit.package import PACKAGE

MakeShop = Callable[..., Shop]
SCRIPT = "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 7)"
OPEN = "SELECT datname FROM pg_database WHERE datallowconn AND datname LIKE 'shop%'"
# Kills the program at its Nth statement that acts: before it, or while the server has it.
STEPPER = """
import os, signal
number, sent = {number}, {sent}
ask, seen = postgres_session.Session._ask, 0
def step(self, what, ending):
    global seen
    if what.startswith("SELECT") and "pg_terminate" not in what or what.startswith("SHOW"):
        return ask(self, what, ending)
    seen += 1
    if seen == number:
        if sent:
            self._process.stdin.write((what + chr(10)).encode())
            self._process.stdin.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    return ask(self, what, ending)
postgres_session.Session._ask = step
import atexit
atexit.register(lambda: sys.stderr.write(f"acts: {{seen}}"))
"""


@pytest.fixture
def shop(make_shop: MakeShop) -> Shop:
    made = make_shop(SCRIPT)
    made.back_up()
    return made


def test_nothing_happens_where_nothing_was_written(shop: Shop) -> None:
    oid = "SELECT oid FROM pg_database WHERE datname = current_database()"
    before, restore = (
        shop.sql(oid),
        ["restore", "--manifest", str(shop.manifest), "--keep-as", "old"],
    )
    reader = shop.cluster.session(shop.name)
    say(reader, "SELECT count(*) FROM t")
    assert shop.ok(*restore, "--unless-unchanged")["unchanged"] is True
    assert reader.poll() is not None or reader.communicate("SELECT 1")[0] == ""  # sent away
    assert shop.sql(oid) == before
    assert shop.cluster.databases() == {shop.name}

    # by somebody who is still there, so not counted yet
    writer = shop.cluster.session(shop.name)
    say(writer, "INSERT INTO t VALUES (100)")
    say(writer, "INSERT INTO t VALUES (101)")
    answer = shop.ok(*restore, "--unless-unchanged")
    writer.communicate()
    assert answer["replaced"] == f"{shop.name}.old"
    assert shop.sql("SELECT count(*) FROM t") == "7"
    assert shop.sql(oid) != before


def test_what_a_dump_does_not_carry_is_carried_over(shop: Shop) -> None:
    name = shop.name
    shop.sql(
        f"ALTER DATABASE {name} OWNER TO shop; ALTER DATABASE {name} CONNECTION LIMIT 17;"
        f"COMMENT ON DATABASE {name} IS 'it''s'; REVOKE ALL ON DATABASE {name} FROM PUBLIC;"
        f"GRANT CONNECT ON DATABASE {name} TO pg_monitor WITH GRANT OPTION;"
        f"ALTER DATABASE {name} SET search_path = '$user', public, 'we \"ird';"
        f"ALTER DATABASE {name} SET my.value = 'a,b'; ALTER DATABASE {name} SET work_mem = '7MB';"
        f"ALTER ROLE shop IN DATABASE {name} SET \"DateStyle\" = 'ISO, DMY'",
        "postgres",
    )
    query = (
        "SELECT pg_get_userbyid(datdba), datconnlimit, (SELECT array_agg(one ORDER BY one)"
        " FROM unnest(datacl::text[]) AS one), shobj_description(d.oid,"
        " 'pg_database'), array_agg(row(setrole, setconfig) ORDER BY setrole) FROM pg_database d"
        " JOIN pg_db_role_setting ON setdatabase = d.oid WHERE datname = current_database()"
        " GROUP BY d.oid"
    )
    before = shop.sql(query)
    shop.ok("restore", "--manifest", shop.manifest)
    assert shop.sql(query) == before
    # a database that is gone gets them from the backup
    shop.sql("INSERT INTO t VALUES (8)")
    shop.back_up("second")
    shop.ok("set-aside", "--keep-as", "gone")
    answer = shop.ok("restore", "--manifest", shop.backups / "second.json")
    assert answer["replaced"] is None
    assert shop.sql(query) == before
    assert shop.sql("SELECT count(*) FROM t") == "8"


def test_what_is_set_aside_is_listed_and_dropped_by_name_only(shop: Shop) -> None:
    assert shop.ok("kept") == []
    first = shop.ok("set-aside", "--keep-as", "undone-r1")["kept"]
    assert first == f"{shop.name}.undone-r1"
    assert shop.ok("set-aside", "--keep-as", "undone-r1")["kept"] is None
    answers = [
        shop.ok("restore", "--manifest", shop.manifest, "--keep-as", "undone-r1") for _ in range(2)
    ]
    assert [answer["replaced"] for answer in answers] == [None, f"{first}-2"]
    kept = shop.ok("kept")
    assert [one["name"] for one in kept] == [first, f"{first}-2"]
    assert all(one["size"] > 1_000_000 and one["when"].endswith("Z") for one in kept)
    closed = "SELECT datallowconn FROM pg_database WHERE datname LIKE '%undone%'"
    assert shop.sql(closed) == "f\nf"

    by_hand = f"{shop.name}.undone-by-hand"
    shop.sql(f'CREATE DATABASE "{by_hand}"')
    for name in (by_hand, shop.name, "postgres", "nothing"):
        assert "was not set aside" in shop.refused("drop-kept", name)
    assert shop.ok("drop-kept", first)["dropped"] == first
    assert shop.cluster.databases() == {shop.name, by_hand, f"{first}-2"}
    assert "no file name" in shop.refused("set-aside", "--keep-as", "a/b")


def test_long_names_are_cut_where_they_may_be(make_shop: MakeShop) -> None:
    shop = make_shop(SCRIPT, "é" * 31 + "x")
    shop.back_up()
    for number in ("", "-2"):
        kept = shop.ok("restore", "--manifest", shop.manifest, "--keep-as", "undone-r1")["replaced"]
        assert kept.startswith("éééééééé")
        assert kept.endswith(f".undone-r1{number}")
        assert len(kept.encode()) <= 63
        assert kept in shop.cluster.databases()
    assert len(shop.ok("kept")) == 2
    assert "too long" in shop.refused("set-aside", "--keep-as", "x" * 60)
    assert shop.sql("SELECT count(*) FROM t") == "7"


def test_a_role_that_may_not_end_a_connection_is_told_so(make_shop: MakeShop) -> None:
    shop = make_shop(f"SET ROLE shop; {SCRIPT}", superuser=False)
    shop.back_up()
    reader = shop.cluster.session(shop.name)
    say(reader, "SELECT 1")
    restore = ["restore", "--manifest", str(shop.manifest)]
    assert "; end that connection, then run this again" in shop.refused(*restore)
    assert shop.cluster.sql("postgres", OPEN) == shop.name
    reader.communicate()
    assert shop.ok(*restore)["replaced"] in shop.cluster.databases()
    assert shop.sql("SELECT count(*) FROM t") == "7"


def test_a_second_run_waits_for_the_first(shop: Shop) -> None:
    first, second = (
        subprocess.Popen(
            shop.command("verify", "--manifest", shop.manifest), stdout=subprocess.PIPE
        )
        for _ in range(2)
    )
    assert all(json.loads(one.communicate()[0])["verified"] for one in (first, second))


def step(shop: Shop, number: int, sent: bool, words: list[object]) -> int:
    """Kill the program at its Nth act; 0 lets it end. Return the number of its acts."""
    change = STEPPER.format(number=number, sent=sent)
    start = [sys.executable, "-IB", "-c", PATCHED, str(PACKAGE), change]
    done = subprocess.run(
        [*start, *shop.arguments(str(words[0]), *words[1:])],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    if number and done.returncode == -signal.SIGKILL:
        return number
    assert done.returncode == 0, done.stderr
    acts = int(done.stderr.removeprefix("acts: "))
    # how many connections are still there to be closed differs from run to run
    assert not number or number - 2 <= acts < number
    return acts


EVERY_STEP = [8, pytest.param(1, marks=pytest.mark.slow)]


@pytest.mark.parametrize("stride", EVERY_STEP)
@pytest.mark.parametrize("sent", [False, True])
def test_restore_killed_at_every_statement(shop: Shop, sent: bool, stride: int) -> None:
    restore: list[object] = ["restore", "--manifest", shop.manifest, "--keep-as", "old"]
    # the second one finds done what the first one had to do once
    acts = [step(shop, 0, False, restore) for _ in range(2)][-1]
    assert acts > 12
    for number in range(1 + sent, acts + 1, stride):
        shop.sql("INSERT INTO t VALUES (1000) ON CONFLICT DO NOTHING")
        step(shop, number, sent, restore)
        # the old one or the new one, whatever its door says
        assert shop.name in shop.cluster.databases()
        shop.ok(*map(str, restore))
        assert shop.sql("SELECT count(*) FROM t") == "7"
        assert shop.cluster.sql("postgres", OPEN) == shop.name
        kept = shop.ok("kept")
        assert shop.cluster.databases() == {shop.name} | {one["name"] for one in kept}
        for one in kept:
            shop.ok("drop-kept", one["name"])


def test_what_did_not_come_to_its_end_is_seen(shop: Shop) -> None:
    """The fourth act has closed the door."""
    restore: list[object] = ["restore", "--manifest", shop.manifest, "--unless-unchanged"]
    step(shop, 6, False, restore)
    assert shop.cluster.sql("postgres", OPEN) == ""
    assert "not currently accepting connections" in shop.ok("revisions")["error"]
    assert "a restore that was interrupted" in shop.refused("backup", *shop.backup_words("x"))
    assert shop.ok(*map(str, restore))["unchanged"] is True
    assert shop.cluster.sql("postgres", OPEN) == shop.name


@pytest.mark.parametrize("stride", EVERY_STEP)
def test_backup_and_set_aside_killed_at_every_statement(shop: Shop, stride: int) -> None:
    backup: list[object] = ["backup", *shop.backup_words("again")]
    files = {"again.json", "again.postgres.zst", "first.json", "first.postgres.zst"}
    for number in range(1, step(shop, 0, False, backup) + 1, stride):
        for name in ("again.json", "again.postgres.zst"):
            (shop.backups / name).unlink(missing_ok=True)
        step(shop, number, number % 2 == 0, backup)
        if (shop.backups / "again.json").exists():
            shop.ok("verify", "--manifest", shop.backups / "again.json")
        else:
            shop.ok(*map(str, backup))
        assert json.loads((shop.backups / "again.json").read_text())["verified"]
        assert {entry.name for entry in shop.backups.iterdir()} == files
        assert shop.cluster.databases() == {shop.name}

    aside: list[object] = ["set-aside", "--keep-as", "x"]
    acts = step(shop, 0, False, aside)
    for number in range(1, acts + 1, stride):
        shop.ok("restore", "--manifest", shop.manifest)
        step(shop, number, number % 2 == 0, aside)
        shop.ok(*map(str, aside))
        assert shop.name not in shop.cluster.databases()
        assert len(shop.ok("kept")) == 1 + (number + stride - 1) // stride
