"""What a restore would lose: each new or changed row is counted, and nothing is touched."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

Ok = Callable[..., dict[str, Any]]
BackUp = Callable[..., Path]
SCHEMA = """
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, value);
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE pairs (a, b, value, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE log (line TEXT);
CREATE TABLE alembic_version (version_num TEXT);
INSERT INTO users VALUES (1, 'ann', 1), (2, 'bob', NULL), (3, 'eve', x'00');
INSERT INTO settings VALUES ('a', '1'), ('b', '2');
INSERT INTO pairs VALUES (1, 1, 'x'), (1, 2, 'y');
INSERT INTO log VALUES ('first'), ('second');
INSERT INTO alembic_version VALUES ('0001');
"""


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection, connection:
        yield connection


@pytest.fixture
def shop(tmp_path: Path, back_up: BackUp) -> tuple[Path, Path]:
    """Return a database and the manifest of a backup of it."""
    database = tmp_path / "shop.db"
    with opened(database) as connection:
        connection.executescript(SCHEMA)
    return database, back_up(database, tmp_path / "backups")


def lost(ok: Ok, shop: tuple[Path, Path], changes: str) -> dict[str, Any]:
    """Return what the program counts after some changes."""
    database, manifest = shop
    with opened(database) as connection:
        connection.executescript(changes)
    return ok("losses", "--manifest", manifest, "--database", database)


@pytest.mark.parametrize(
    ("changes", "rows", "tables"),
    [
        ("", 0, {}),
        ("INSERT INTO users VALUES (9, 'new', 0), (10, 'new', 0)", 2, {"users": (2, 0, 0)}),
        # a case that the column's collation does not see, and types that compare as equal
        ("UPDATE users SET name = 'ANN' WHERE id = 1", 1, {"users": (0, 1, 0)}),
        ("UPDATE users SET value = '1' WHERE id = 1", 1, {"users": (0, 1, 0)}),
        ("UPDATE users SET value = 0 WHERE id = 2", 1, {"users": (0, 1, 0)}),
        ("DELETE FROM users WHERE id > 1", 0, {"users": (0, 0, 2)}),
        # the count of all rows would say that nothing goes
        (
            "DELETE FROM users WHERE id = 3; INSERT INTO users VALUES (4, 'new', 0)",
            1,
            {"users": (1, 0, 1)},
        ),
        ("UPDATE settings SET key = 'c' WHERE key = 'a'", 1, {"settings": (1, 0, 1)}),
        ("UPDATE pairs SET value = 'z' WHERE b = 2", 1, {"pairs": (0, 1, 0)}),
        ("INSERT INTO log VALUES ('third')", 1, {"log": (1, 0, 0)}),
        ("CREATE TABLE extra (id); INSERT INTO extra VALUES (1)", 1, {"extra": (1, 0, 0)}),
        ("DROP TABLE log", 0, {"log": (0, 0, 2)}),
        # a migration: neither its column nor its revision is anybody's row
        (
            "ALTER TABLE users ADD COLUMN about TEXT DEFAULT '';"
            "UPDATE alembic_version SET version_num = '0002'",
            0,
            {},
        ),
        # rows that a migration copied keep their key, not the place in which they are stored
        (
            "CREATE TABLE new (key TEXT PRIMARY KEY, value TEXT);"
            "INSERT INTO new SELECT * FROM settings ORDER BY key DESC;"
            "DROP TABLE settings; ALTER TABLE new RENAME TO settings",
            0,
            {},
        ),
    ],
)
def test_what_goes_is_counted(
    ok: Ok,
    shop: tuple[Path, Path],
    changes: str,
    rows: int,
    tables: dict[str, tuple[int, int, int]],
) -> None:
    found = lost(ok, shop, changes)

    assert found["rows"] == rows
    assert {
        table: (one["added"], one["changed"], one["removed"])
        for table, one in found["tables"].items()
    } == tables


def test_counting_changes_nothing(ok: Ok, shop: tuple[Path, Path]) -> None:
    with opened(shop[0]) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("INSERT INTO log VALUES ('third')")
    before = hashlib.sha256(shop[0].read_bytes()).hexdigest(), shop[0].stat().st_mtime_ns
    files = sorted(path.name for path in shop[0].parent.rglob("*"))

    assert lost(ok, shop, "")["rows"] == 1

    after = hashlib.sha256(shop[0].read_bytes()).hexdigest(), shop[0].stat().st_mtime_ns
    assert after == before
    assert sorted(path.name for path in shop[0].parent.rglob("*")) == files


def test_a_live_database_is_counted_as_it_is_at_one_moment(ok: Ok, shop: tuple[Path, Path]) -> None:
    with closing(sqlite3.connect(shop[0], isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO log VALUES ('not committed')")

        found = ok("losses", "--manifest", shop[1], "--database", shop[0])

        writer.execute("COMMIT")
    assert found["rows"] == 0


def test_a_damaged_backup_is_refused(refused: Callable[..., str], shop: tuple[Path, Path]) -> None:
    artefact = shop[1].with_suffix(".sqlite.zst")
    artefact.write_bytes(artefact.read_bytes()[:-1])

    said = refused("losses", "--manifest", shop[1], "--database", shop[0])
    assert "use another backup" in said


def test_what_django_notes_is_no_loss(tmp_path: Path, ok: Ok, back_up: BackUp) -> None:
    database = tmp_path / "django.db"
    with opened(database) as connection:
        connection.executescript("CREATE TABLE django_migrations (app TEXT, name TEXT)")
    manifest = back_up(database, tmp_path / "backups")
    with opened(database) as connection:
        connection.execute("INSERT INTO django_migrations VALUES ('shop', '0001_initial')")

    assert ok("losses", "--manifest", manifest, "--database", database)["tables"] == {}
