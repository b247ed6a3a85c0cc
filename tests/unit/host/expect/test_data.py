"""What must be so of the data: all that is not is named at once, in either kind of database."""

import contextlib
import os
import pwd
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.unit.host.expecting import expect

SCHEMA = """
CREATE TABLE artists (
    id integer PRIMARY KEY, status varchar(20), token text, seen timestamp, fee numeric(8, 2)
);
INSERT INTO artists VALUES (1, 'connected', 'a', NULL, 1), (2, 'expired', 'b', NULL, 2);
INSERT INTO artists VALUES (3, 'odd', NULL, NULL, 3), (4, 'odd', NULL, NULL, 4);
"""
TABLE = {"table": "artists"}
Ask = Callable[..., list[str]]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Run a PostgreSQL server of our own; return its URL, without a database."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found or os.geteuid() != 0:
        pytest.skip("no PostgreSQL server on this machine, or not root")
    user, programs = "nobody", found[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="expect-"))
    os.chown(folder, pwd.getpwnam(user).pw_uid, -1)

    def as_user(*words: object) -> None:
        command = ["runuser", "-u", user, "--", *map(str, words)]
        subprocess.run(command, check=True, capture_output=True, cwd=folder)

    data = folder / "data"
    as_user(programs / "initdb", "-D", data, "-U", "shop", "-A", "trust", "--no-sync")
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    as_user(programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
    yield f"postgresql+psycopg://shop@/postgres?host={folder}&schema=public"
    as_user(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def ask(request: pytest.FixtureRequest, tmp_path: Path) -> Ask:
    """Return what asks for expectations of a database of either kind."""
    where = _sqlite(tmp_path) if request.param == "sqlite" else _postgresql(request, tmp_path)

    def ask_it(*expectations: dict[str, Any]) -> list[str]:
        return expect({"commands": [], "expectations": expectations}, "data", *where)

    return ask_it


def _sqlite(tmp_path: Path) -> list[str]:
    database = tmp_path / "shop.db"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.executescript(SCHEMA)
    return ["--kind", "sqlite", "--database", str(database)]


def _postgresql(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    url = request.getfixturevalue("server")
    plain = url.replace("+psycopg", "").removesuffix("&schema=public")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS artists")
        for statement in filter(None, map(str.strip, SCHEMA.split(";"))):
            connection.execute(statement.encode())
    environment = tmp_path / ".env"
    environment.write_text(f"OTHER=1\nDATABASE_URL='{url}'\n")
    return ["--kind", "postgres", "--environment", str(environment), "--key", "DATABASE_URL"]


HOLD: list[dict[str, Any]] = [
    {"kind": "Columns", **TABLE, "columns": {"status": "varchar(20)", "fee": "decimal(8,2)"}},
    {"kind": "Columns", **TABLE, "columns": {"seen": "datetime", "id": "int"}},
    {"kind": "NoNulls", **TABLE, "column": "status"},
    {
        "kind": "OnlyValues",
        **TABLE,
        "column": "status",
        "values": ["connected", "expired", "odd", "it's"],
    },
    {"kind": "OnlyValues", **TABLE, "column": "id", "values": [1, 2, 3, 4]},
    {
        "kind": "SameCount",
        "title": "t",
        "query": "select count(*) from artists",
        "equals": "select max(id) from artists",
    },
    {"kind": "SameCount", "title": "t", "query": "select count(*) from artists", "equals": 4},
    {"kind": "NoRows", "title": "t", "query": "select id from artists where token like 'x%'"},
]


def test_what_holds_is_not_mentioned(ask: Ask) -> None:
    assert ask(*HOLD) == []


BROKEN: list[tuple[dict[str, Any], str]] = [
    (
        {"kind": "Columns", **TABLE, "columns": {"status": "varchar(50)"}},
        "column artists.status: expected varchar(50), found ",
    ),
    (
        {"kind": "Columns", **TABLE, "columns": {"scope": "text"}},
        "column artists.scope: expected text, there is no such column",
    ),
    (
        {"kind": "Columns", "table": "nobody", "columns": {"scope": "text"}},
        "table nobody: expected, there is none",
    ),
    # SQLite would take a name that it does not know for a text
    (
        {"kind": "NoNulls", **TABLE, "column": "tokn"},
        "column artists.tokn: there is no such column",
    ),
    (
        {"kind": "OnlyValues", "table": "nobody", "column": "status", "values": ["a"]},
        "column nobody.status: there is no such column",
    ),
    (
        {"kind": "NoNulls", **TABLE, "column": "token"},
        "column artists.token: expected no NULL, found 2 rows with it",
    ),
    (
        {"kind": "OnlyValues", **TABLE, "column": "status", "values": ["connected"]},
        "column artists.status: expected only 'connected'; found 'odd' (2 rows), 'expired' (1 row)",
    ),
    (
        {
            "kind": "SameCount",
            "title": "all are connected",
            "query": "select count(*) from artists where status = 'connected'",
            "equals": "select count(*) from artists",
        },
        "all are connected: expected 4, found 1",
    ),
    (
        {"kind": "NoRows", "title": "none is odd", "query": "select id from artists where id > 2"},
        "none is odd: expected no rows, found 2 rows: 3; 4",
    ),
    (
        {"kind": "NoRows", "title": "none is lost", "query": "select x from nobody"},
        "none is lost: the database says: ",
    ),
    (
        {"kind": "SameCount", "title": "some", "query": "select 1 union select 2", "equals": 1},
        "some: the database says: one number is needed",
    ),
]


@pytest.mark.parametrize(("asked", "said"), BROKEN, ids=[said for _, said in BROKEN])
def test_what_does_not_hold_is_named_with_what_was_found(
    ask: Ask, asked: dict[str, Any], said: str
) -> None:
    (found,) = ask(asked)

    assert found.startswith(said)


def test_all_that_does_not_hold_is_said_at_once(ask: Ask) -> None:
    found = ask(*(asked for asked, _ in BROKEN), *HOLD)

    assert len(found) == len(BROKEN)
    assert all(line.startswith(said) for line, (_, said) in zip(found, BROKEN, strict=True))


WRITING = ["delete from artists", "create table more (id integer)", "commit; delete from artists"]


@pytest.mark.parametrize("query", WRITING)
def test_nothing_is_ever_written(ask: Ask, query: str) -> None:
    (found,) = ask({"kind": "NoRows", "title": "t", "query": query})

    assert re.search("read|only execute one|syntax error|multiple commands", found)
    assert ask({"kind": "SameCount", **HOLD[6]}) == []


def test_a_query_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"
    asked = [{"kind": "NoRows", "title": "t", "query": endless}]

    words = [*_sqlite(tmp_path), "--seconds", "0.3"]
    (found,) = expect({"commands": [], "expectations": asked}, "data", *words)

    assert found == "t: the database says: took over 0.3 s"


def test_a_database_that_is_not_there_is_named(tmp_path: Path) -> None:
    asked = {"commands": [], "expectations": HOLD}
    environment = tmp_path / ".env"
    environment.write_text("DATABASE_URL=postgresql://shop:secret@/shop?host=/nowhere\n")

    def said(*words: object) -> str:
        (found,) = expect(asked, "data", *words)
        return found

    assert "no such file" in said("--kind", "sqlite", "--database", tmp_path / "none.db")
    by_url = ("--kind", "postgres", "--environment", environment)
    nowhere = said(*by_url)
    assert "PostgreSQL says" in nowhere
    assert "secret" not in nowhere
    environment.write_text("DATABASE_URL=postgresql://shop:sec%zzret@localhost:1/shop\n")
    assert "sec" not in said(*by_url)
    assert "has no OTHER" in said(*by_url, "--key", "OTHER")


def test_without_a_kind_nothing_is_guessed() -> None:
    (found,) = expect({"commands": [], "expectations": HOLD}, "data")

    assert found == "the database cannot be read: --kind is not given: sqlite or postgres"


def test_a_failing_check_is_said_also_where_the_database_is_not_there(tmp_path: Path) -> None:
    program = tmp_path / "systemd-run"
    program.write_text("#!/bin/sh\necho $*; echo it is ill; exit 3\n")
    program.chmod(0o755)
    check = {"command": "see", "words": ["/r/see"], "seconds": 9}

    check_said, database_said = expect(
        {"commands": [check], "expectations": HOLD},
        *("data", "--kind", "sqlite", "--database", tmp_path / "none.db"),
        *("--app", "shop", "--folder", "/r"),
        *("--environment", "/e", "--shared", "/s"),
        path=f"{tmp_path}:/usr/bin:/bin",
    )

    assert check_said.startswith("check 'see': exit status 3\n    ")
    assert check_said.endswith("\n    it is ill")
    for word in ("--unit=changeover-shop-check", "User=shop", "EnvironmentFile=/e", "-- /r/see"):
        assert word in check_said
    assert "no such file" in database_said


def test_postgresql_is_asked_as_the_apps_user(server: str, tmp_path: Path) -> None:
    plain = server.replace("+psycopg", "").removesuffix("&schema=public")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS nobody")
        connection.execute("CREATE ROLE nobody LOGIN")
    environment = tmp_path / ".env"
    environment.write_text(f"DATABASE_URL={server.replace('shop@', '')}\n")
    asked = [{"kind": "NoRows", "title": "t", "query": "select current_user"}]

    words = ["--kind", "postgres", "--environment", environment, "--user", "nobody"]
    (found,) = expect({"commands": [], "expectations": asked}, "data", *words)

    assert found == "t: expected no rows, found 1 row: 'nobody'"
