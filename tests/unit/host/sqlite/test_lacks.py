"""Healthy databases are carried that this host's SQLite cannot read, or not check, in full."""

import json
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.unit.host.odd_sqlite import KINDS, connect, make

Ok = Callable[..., dict[str, Any]]
Refused = Callable[..., str]
Run = Callable[..., Any]
BACKUP = ["--name", "first", "--app", "shop", "--release", "r1", "--commit", "c0ffee"]
# of these SQLite cannot check each page
BY_PAGES = [
    *("generated", "generated without row ids", "index of a function", "partial index"),
    *("collation", "key by a collation", "foreign key by a collation", "table"),
]
# of these it cannot read the rows
UNREAD = ["generated", "generated without row ids", "key by a collation", "table"]


def taken(run: Run, database: Path, into: Path, *more: str) -> tuple[dict[str, Any], str]:
    """Back up; return the manifest, and what the operator was told."""
    done = run("backup", "--database", database, "--into", into, *BACKUP, *more)
    assert done.returncode == 0, done.stderr
    return json.loads((into / "first.json").read_text()), done.stderr


def pages(path: Path) -> bytes:
    """Return what a file holds, but not how it was opened."""
    content = path.read_bytes()
    return content[:18] + content[20:24] + content[28:40] + content[44:92] + content[100:]


@pytest.mark.parametrize("kind", KINDS)
def test_it_comes_back(tmp_path: Path, run: Run, ok: Ok, kind: str) -> None:
    source, target = make(kind, tmp_path / "source.db"), tmp_path / "target.db"
    manifest, said = taken(run, source, tmp_path / "backups")
    assert manifest["verified"] is True
    assert manifest["revisions"] == ["b2"]
    assert manifest["content"]["tables"]["plain"]["rows"] == 1
    # what was not as ever is on the screen and in the manifest
    assert sqlite3.sqlite_version in said
    assert manifest["unchecked"]["said"][0] in said
    assert any(f"SQLite {sqlite3.sqlite_version}, without" in one for one in manifest["compared"])
    by_pages = [one for one in manifest["compared"] if one.startswith("every page")]
    assert bool(by_pages) == ("pages" in manifest["content"]) == (kind in BY_PAGES)
    if kind in UNREAD:
        assert manifest["content"]["pages"]["rows"]["t"] == 2
        assert any("every table but t" in one for one in manifest["compared"])

    ok("restore", "--manifest", tmp_path / "backups" / "first.json", "--database", target)
    assert pages(target) == pages(source)
    assert ok("verify", "--manifest", tmp_path / "backups" / "first.json")["verified"] is True


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_one_that_is_written_to_is_one_snapshot(
    tmp_path: Path, run: Run, ok: Ok, mode: str
) -> None:
    """What is read twice is read of one state, though somebody writes between."""
    source = make("generated", tmp_path / "source.db", f"pragma journal_mode = {mode}")
    with closing(connect(source)) as app:
        app.execute("insert into t (n) select n || n from t")
        manifest, _ = taken(run, source, tmp_path / "backups")
        assert manifest["content"]["pages"]["rows"] == {"t": 4}
        app.execute("insert into t (n) values ('later')")
    found = ok("losses", "--manifest", tmp_path / "backups" / "first.json", "--database", source)
    assert found["tables"] == {"t": {"added": 1, "changed": 0, "removed": 0}}


@pytest.mark.parametrize("kind", KINDS)
def test_what_it_is_and_what_goes_is_told(tmp_path: Path, run: Run, ok: Ok, kind: str) -> None:
    source = make(kind, tmp_path / "source.db")
    taken(run, source, tmp_path / "backups")
    with closing(connect(source)) as app:
        app.executescript(
            "pragma writable_schema = on; pragma ignore_check_constraints = on;"
            " delete from plain; insert into plain values (8), (9)"
        )
        if kind != "table":  # which this SQLite cannot write
            app.executescript(
                "insert into t (id, n) values (3, 'ab2'); delete from t where id = 2;"
                " update t set n = 'ef' where id = 1"
            )
    found = ok("losses", "--manifest", tmp_path / "backups" / "first.json", "--database", source)
    # a row id is given again
    assert found["tables"].pop("plain") == {"added": 1, "changed": 1, "removed": 0}
    # without a row id, and with a key that cannot be compared, another row is another one
    keyed = kind == "key by a collation"
    wanted = dict(
        zip(("added", "changed", "removed"), (2, 0, 2) if keyed else (1, 1, 1), strict=True)
    )
    assert found["tables"] == ({} if kind == "table" else {"t": wanted})
    told = ok("revisions", "--database", source)
    assert (told["error"], told["revisions"]) == (None, ["b2"])


@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_told_apart(tmp_path: Path, refused: Refused, kind: str) -> None:
    """A page that nobody else has is in two trees: no digest of a table would show it."""
    source = make(kind, tmp_path / "source.db", "create table lost (a); create index l on lost (a)")
    with closing(connect(source)) as app:
        app.executescript(
            "pragma writable_schema = on; update sqlite_master set rootpage ="
            " (select rootpage from sqlite_master where name = 'plain') where name = 'lost'"
        )
    said = refused("backup", "--database", source, "--into", tmp_path / "backups", *BACKUP)
    assert "it is damaged" in said
    assert "copy the file" in said
    assert "restore a backup" not in said
    assert not list((tmp_path / "backups").glob("*.json"))


OWN = """{python} -I {program} "$1/copy" """


def own_of(tmp_path: Path, program: Path, before: str = "") -> str:
    """Return a script that asks a SQLite of the app's own, in a Python that begins with that."""
    script = tmp_path / "own.py"
    script.write_text(f"{before}\n{(program.parent / 'host/sqlite/own.py').read_text()}")
    return OWN.format(python=sys.executable, program=script)


WITH_FUNCTIONS = """
import sqlite3
class Own(sqlite3.Connection):
    def __init__(self, *arguments, **words):
        super().__init__(*arguments, **words)
        self.create_function("regexp", 2, lambda *_: True, deterministic=True)
        self.create_function("upper_of", 1, str.upper, deterministic=True)
        self.create_collation("ours", lambda a, b: (b > a) - (b < a))
connect = sqlite3.connect
sqlite3.connect = lambda *arguments, **words: connect(*arguments, factory=Own, **words)
"""


@pytest.mark.parametrize("kind", ["check", "generated", "collation", "index of a function"])
def test_the_apps_own_sqlite_is_asked(tmp_path: Path, run: Run, program: Path, kind: str) -> None:
    source, own = make(kind, tmp_path / "source.db"), own_of(tmp_path, program, WITH_FUNCTIONS)
    manifest, said = taken(run, source, tmp_path / "backups", "--own", own)
    assert manifest["unchecked"]["own"] == {"sqlite": sqlite3.sqlite_version, "said": ""}
    assert "the app's own SQLite" in said
    assert "found it whole" in said
    assert (
        f"integrity_check by the app's own SQLite {sqlite3.sqlite_version}"
        in (manifest["compared"])
    )


def test_one_that_knows_no_more_is_told(tmp_path: Path, run: Run, program: Path) -> None:
    source, own = make("generated", tmp_path / "source.db"), own_of(tmp_path, program)
    manifest, said = taken(run, source, tmp_path / "backups", "--own", own)
    assert "upper_of" in manifest["unchecked"]["own"]["said"]
    assert "nor can the app's own" in said
    assert not any("own SQLite" in one for one in manifest["compared"])


def test_one_that_cannot_be_asked_stops_nothing(tmp_path: Path, run: Run) -> None:
    source = make("generated", tmp_path / "source.db")
    manifest, said = taken(run, source, tmp_path / "backups", "--own", "echo no Python >&2; exit 3")
    assert manifest["unchecked"]["own"] == {"sqlite": "", "said": "no Python"}
    assert "no Python" in said


def test_who_asks_it_is_told_where_its_program_is(tmp_path: Path, run: Run) -> None:
    source = make("generated", tmp_path / "source.db")
    own = '[ -f "$2" ] && echo "${2##*/host/}" >&2; exit 3'
    manifest, _ = taken(run, source, tmp_path / "backups", "--own", own)
    assert manifest["unchecked"]["own"]["said"] == "sqlite/own.py"


def test_what_the_apps_own_sqlite_finds_is_damage(
    tmp_path: Path, refused: Refused, program: Path
) -> None:
    """An index that does not agree with its table, which only who has the function can see."""
    source = make("index of a function", tmp_path / "source.db")
    with closing(connect(source)) as app:
        app.create_function("upper_of", 1, lambda text: text + "!", deterministic=True)
        app.execute("insert into t values (3, 'ef')")
    own = own_of(tmp_path, program, WITH_FUNCTIONS)
    into = tmp_path / "backups"
    said = refused("backup", "--database", source, "--into", into, *BACKUP, "--own", own)
    assert "app's own SQLite" in said
    assert "missing from index" in said


def test_a_healthy_database_is_checked_as_ever(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "source.db"
    with closing(sqlite3.connect(source)) as connection:
        connection.executescript("create table t (a); insert into t values (1)")
    manifest, said = taken(run, source, tmp_path / "backups", "--own", "echo asked >&2; exit 1")
    assert said == ""
    assert manifest["unchecked"] is None
    assert "integrity_check" in manifest["compared"]
    assert "pages" not in manifest["content"]
