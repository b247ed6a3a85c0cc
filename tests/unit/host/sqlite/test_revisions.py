"""Which migrations a database has, whoever noted them, in the shape that a probe reads."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

Ok = Callable[..., dict[str, Any]]
BackUp = Callable[..., Path]
ALEMBIC = (
    "CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('b')"
)
DJANGO = """
CREATE TABLE django_migrations (id INTEGER PRIMARY KEY, app TEXT, name TEXT, applied TEXT);
INSERT INTO django_migrations (app, name) VALUES ('shop', '0001_initial'), ('auth', '0002_user');
"""


def make(path: Path, script: str) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    return path


def test_every_kind_is_told_and_noted(tmp_path: Path, ok: Ok, back_up: BackUp) -> None:
    expected = {
        "CREATE TABLE t (a)": [],
        ALEMBIC: ["b"],
        DJANGO: ["auth.0002_user", "shop.0001_initial"],
        ALEMBIC + ";" + DJANGO: ["auth.0002_user", "b", "shop.0001_initial"],
    }
    for number, (script, revisions) in enumerate(expected.items()):
        database = make(tmp_path / f"{number}.db", script)
        assert ok("revisions", "--database", database)["revisions"] == revisions
        manifest = back_up(database, tmp_path / "backups", str(number))
        assert json.loads(manifest.read_text())["revisions"] == revisions


def test_the_answer_always_has_the_same_shape(tmp_path: Path, ok: Ok) -> None:
    whole, broken = make(tmp_path / "whole.db", ALEMBIC), tmp_path / "broken.db"
    broken.write_text("certainly no database " * 100)
    answers = [ok("revisions", "--database", p) for p in (whole, broken, tmp_path / "absent.db")]
    assert [answer["exists"] for answer in answers] == [True, True, False]
    assert [bool(answer["error"]) for answer in answers] == [False, True, False]
    assert "not a database" in answers[1]["error"]
    assert answers[0]["size"] == whole.stat().st_size
    assert answers[0]["fingerprint"] == ok("fingerprint", "--database", whole)["fingerprint"]
    keys = {"database", "exists", "version", "size", "revisions", "noted", "fingerprint", "error"}
    assert all(set(answer) == keys for answer in answers)
    assert not (tmp_path / "absent.db").exists()
