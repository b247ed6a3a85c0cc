"""What cannot be backed up is refused by name, and nothing is left behind."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.unit.host.sqlite.test_backup import BACKUP, make_hostile, make_wal, names, query

Ok = Callable[..., dict[str, Any]]
Refused = Callable[..., str]
BackUp = Callable[..., Path]


def test_a_damaged_source_is_refused_by_name(tmp_path: Path, refused: Refused) -> None:
    text, damaged = tmp_path / "text.db", tmp_path / "damaged.db"
    text.write_text("certainly no database " * 100)
    make_hostile(damaged)
    with damaged.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * 4096 * 3)
    into = tmp_path / "backups"
    for path, word in ((text, "no SQLite database"), (damaged, "damaged")):
        said = refused("backup", "--database", path, "--into", into, *BACKUP)
        assert str(path) in said
        assert word in said
        assert names(into) == set()
    assert "no SQLite database" in refused("inspect", "--database", text)
    assert "damaged" in refused("inspect", "--database", damaged)


def test_an_index_that_misses_a_row_is_refused(tmp_path: Path, refused: Refused) -> None:
    source, into = tmp_path / "source.db", tmp_path / "backups"
    with closing(sqlite3.connect(source)) as connection:
        connection.executescript("CREATE TABLE t (v); CREATE INDEX i ON t (v)")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("DELETE FROM sqlite_master WHERE name = 'i'")
        connection.commit()
    (number,) = struct_root(source)
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("INSERT INTO t VALUES ('not in the index')")
        connection.execute("PRAGMA writable_schema = ON")
        row = ("index", "i", "t", number, "CREATE INDEX i ON t (v)")
        connection.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", row)
        connection.commit()
    said = refused("backup", "--database", source, "--into", into, *BACKUP)
    assert "integrity_check" in said
    assert "check of the copy" in said
    assert names(into) == set()


def struct_root(path: Path) -> tuple[int]:
    """Return the root page of the index that was taken out of the schema."""
    return (query(path, "SELECT rootpage FROM sqlite_master WHERE name = 't'")[0][0] + 1,)


def test_requests_that_make_no_sense(tmp_path: Path, refused: Refused, back_up: BackUp) -> None:
    source, into = tmp_path / "source.db", tmp_path / "backups"
    make_wal(source, 5)
    back_up(source, into)
    before = {entry.name: entry.read_bytes() for entry in into.iterdir()}
    backup = ["backup", "--database", source, "--into"]
    assert "exists already" in refused(*backup, into, *BACKUP)
    assert "no file name" in refused(*backup, into, *BACKUP[2:], "--name", "../x")
    (tmp_path / "open").mkdir(mode=0o755)
    assert "chmod 700" in refused(*backup, tmp_path / "open", *BACKUP)
    assert {entry.name: entry.read_bytes() for entry in into.iterdir()} == before
