"""What is read from pages alone: what SQLite finds whole is whole, and what is broken is told."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from changeover.host.sqlite import pages as sqlite_pages

_MOST_CHANGES = 300


def grown(path: Path, choice: random.Random) -> Path:
    """Make a database by what an app does: rows of all sizes come, change and go."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        run = connection.execute
        run(f"pragma page_size = {choice.choice([512, 1024, 4096, 65536])}")
        run(f"pragma auto_vacuum = {choice.choice([0, 0, 1, 2])}")
        run(f"pragma encoding = '{choice.choice(['UTF-8', 'UTF-16'])}'")
        connection.executescript(
            "create table a (id integer primary key, x, y); create index i on a (x, y);"
            " create table b (k primary key, v) without rowid; create index j on a (y) where x > 3;"
            " create virtual table f using fts5 (t); begin"
        )
        for _ in range(choice.randrange(_MOST_CHANGES)):
            change(connection, choice)
        run("commit")
        assert run("pragma integrity_check").fetchall() == [("ok",)]
    return path


def value(choice: random.Random) -> Any:
    long = choice.choice([0, 3, 300, 3000, 20_000])
    values = (None, 0, choice.randrange(10), choice.getrandbits(62) - 2**61, choice.random())
    return choice.choice((*values, "x" * choice.randrange(60), choice.randbytes(long)))


def change(connection: sqlite3.Connection, choice: random.Random) -> None:
    key = choice.choice([None, choice.getrandbits(63) - 2**62, choice.randrange(500)])
    statement, values = choice.choice(
        [
            ("insert or ignore into a values (?, ?, ?)", [key, value(choice), value(choice)]),
            ("insert or ignore into a values (?, ?, ?)", [key, value(choice), value(choice)]),
            ("insert or replace into b values (?, ?)", [choice.randrange(300), value(choice)]),
            ("insert into f values (?)", [str(value(choice))]),
            ("update a set y = ? where id % 7 = 3", [value(choice)]),
            ("delete from a where id in (select id from a order by x limit 5)", []),
        ]
    )
    connection.execute(statement, values)


def roots(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as connection:
        query = "select name, rootpage from sqlite_master where rootpage > 0"
        return {"": 1, **dict(connection.execute(query).fetchall())}


@pytest.mark.parametrize("seed", range(12))
def test_a_healthy_file_is_whole_and_its_rows_are_counted(tmp_path: Path, seed: int) -> None:
    path = grown(tmp_path / "a.db", random.Random(seed))
    found = sqlite_pages.count_rows(path, roots(path))
    with closing(sqlite3.connect(path)) as connection:
        query = "select name from sqlite_master where type = 'table' and rootpage > 0"
        for (name,) in connection.execute(query).fetchall():
            (rows,) = connection.execute(f"select count(*) from {name}").fetchone()  # noqa: S608
            assert found[name] == rows


def test_it_calls_nothing_damaged_that_sqlite_finds_whole(tmp_path: Path) -> None:
    """Of flipped bits most are in values, where neither can see them: the digests do."""
    choice = random.Random(5)
    path, damaged = grown(tmp_path / "a.db", choice), tmp_path / "damaged.db"
    content, trees, found = path.read_bytes(), roots(path), 0
    size = int.from_bytes(content[16:18])
    for _ in range(300):
        flipped = bytearray(content)
        # where the pages say what they hold, most of the time
        page = choice.randrange(len(content) // size) * size
        flipped[max(100, page + choice.randrange(40))] ^= 1 << choice.randrange(8)
        damaged.write_bytes(flipped)
        try:
            sqlite_pages.count_rows(damaged, trees)
        except sqlite_pages.Damaged:
            found += 1
            assert not is_whole(damaged)
    assert found > 20


def is_whole(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        try:
            return connection.execute("pragma integrity_check").fetchall() == [("ok",)]
        except sqlite3.DatabaseError:
            return False


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content[:-512], "length"),
        (lambda content: b"no database" + content, "no header"),
        (lambda content: content[:36] + bytes([0, 0, 0, 9]) + content[40:], "free pages"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, change: Callable[[bytes], bytes], said: str
) -> None:
    path = grown(tmp_path / "a.db", random.Random(1))
    trees = roots(path)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(sqlite_pages.Damaged, match=said):
        sqlite_pages.count_rows(path, trees)


def test_a_tree_that_nobody_names_is_missed(tmp_path: Path) -> None:
    path = grown(tmp_path / "a.db", random.Random(1))
    trees = roots(path)
    del trees["b"]
    with pytest.raises(sqlite_pages.Damaged, match="belongs to nothing"):
        sqlite_pages.count_rows(path, trees)


def test_how_a_file_is_opened_is_not_what_it_holds(tmp_path: Path) -> None:
    path = grown(tmp_path / "a.db", random.Random(2))
    before = sqlite_pages.digest(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma journal_mode = wal").fetchall()
    assert path.read_bytes()[18:20] == b"\2\2"
    assert sqlite_pages.digest(path) == before
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("insert into b values ('new', 1)")
    assert sqlite_pages.digest(path) != before
