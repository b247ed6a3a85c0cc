"""What an engine notes beside names is told alike on SQLite and PostgreSQL, and only if asked."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from changeover.host.revisions.table import VARIABLE, Table, dumped
from tests.toys.migrations import PROGRAM, StepsEngine
from tests.unit.host.postgres.cluster import QUOTED, Shop

WITHDRAWN = Table("notes", ("a", "b"), withdrawn="gone")
ROWS = """
CREATE TABLE notes (a text, b text, gone text);
INSERT INTO notes VALUES ('x', '1', NULL), ('x', '2', 'yes');
"""


def take(folder: Path, url: str) -> None:
    """Have the toy take a step, and fail in the next."""
    steps = folder / "steps"
    steps.mkdir()
    (steps / "001.step").write_text("+ CREATE TABLE one (a text)\n")
    (steps / "002.step").write_text("+ CREATE TABLE one (a text)\n")
    command = [sys.executable, "-c", PROGRAM, str(steps), "upgrade", "m4rk", "001", "002"]
    environment = {**os.environ, "DATABASE_URL": url}
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == ["@@step m4rk 001", "@@step m4rk 002"]
    assert done.returncode == 1


def see(answer: dict[str, Any]) -> None:
    """See what is told of these two."""
    assert answer["error"] is None
    assert answer["revisions"] == ["001"]
    first, second = answer["noted"]
    assert (first["id"], len(first["checksum"]), first["finished"]) == ("001", 12, True)
    assert (second["id"], second["finished"]) == ("002", False)
    assert "already exists" in second["error"]


def test_sqlite(
    tmp_path: Path, ok: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "app.db"
    take(tmp_path, f"sqlite:///{database}")
    monkeypatch.setenv(VARIABLE, dumped([StepsEngine.table, WITHDRAWN]))

    see(ok("revisions", "--database", database))
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(ROWS)
    assert ok("revisions", "--database", database)["revisions"] == ["001", "x.1"]
    # of what was not asked for nothing is told
    monkeypatch.setenv(VARIABLE, dumped([WITHDRAWN]))
    assert ok("revisions", "--database", database)["revisions"] == ["x.1"]


def test_postgresql(
    make_shop: Callable[..., Shop], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = make_shop("")
    take(tmp_path, f"postgresql://shop:{QUOTED}@/{shop.name}?host={shop.cluster.folder}")
    monkeypatch.setenv(VARIABLE, dumped([StepsEngine.table, WITHDRAWN]))

    see(shop.ok("revisions"))
    assert shop.back_up()["revisions"] == ["001"]
    shop.sql(ROWS)
    assert shop.ok("revisions")["revisions"] == ["001", "x.1"]
    monkeypatch.setenv(VARIABLE, dumped([WITHDRAWN]))
    assert shop.ok("revisions")["revisions"] == ["x.1"]


OTHERS = """
CREATE TABLE alembic_version (version_num text);
INSERT INTO alembic_version VALUES ('a1');
CREATE TABLE django_migrations (other text);
"""
HISTORIES = {"notes": ["x.1"], "alembic_version": ["a1"]}


def test_a_backup_of_sqlite_has_what_every_engine_noted(
    tmp_path: Path, back_up: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "app.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(ROWS + OTHERS)
    monkeypatch.setenv(VARIABLE, dumped([WITHDRAWN]))

    manifest = json.loads(back_up(database, tmp_path / "backups").read_text())

    assert (manifest["revisions"], manifest["histories"]) == (["x.1"], HISTORIES)


def test_a_backup_of_postgresql_has_what_every_engine_noted(
    make_shop: Callable[..., Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = make_shop(ROWS + OTHERS)
    monkeypatch.setenv(VARIABLE, dumped([WITHDRAWN]))

    manifest = shop.back_up()

    assert (manifest["revisions"], manifest["histories"]) == (["x.1"], HISTORIES)
