"""The check of the way back from the last migration, whatever a host has been through."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from changeover.checks.ledger import is_code_alone, last_migration
from tests.unit.checks.test_data import ADDED, MOVED, Web, web
from tests.unit.host.conftest import ONESELF, cluster
from tests.unit.package import host_program

__all__ = ["cluster", "web"]

WHICH = "verified_way_back"
FIRST = ["accounts.0001_initial"]


def record(before: list[str], after: list[str], **more: Any) -> dict[str, Any]:
    """Return a changeover as a ledger has it, by default a release that was committed."""
    return {
        "id": f"{before}-{after}-{more}",
        "kind": "release",
        "to": {"release": "r2"},
        "ended": "2026-01-02T03:04:05Z",
        "outcome": "committed",
        "backup": "one",
        "schema_before": before,
        "schema_after": after,
        **more,
    }


def undone(before: list[str]) -> dict[str, Any]:
    found = record(before, [], outcome="undone", backup="another")
    del found["schema_after"]
    return found


class Host:
    """A host whose SQLite database went through migrations and backups."""

    def __init__(self, web: Web) -> None:
        self.web, self.root = web, web.root
        self.backups = self.root / "var/backups/changeover/jersey_events"
        self.backups.mkdir(parents=True, mode=0o700)
        (self.root / "var/lib/changeover/jersey_events").mkdir(parents=True)

    def back_up(self, name: str, at: str) -> Path:
        """Take a verified backup with only the migrations up to one, and have them all again."""
        later = f"app || '.' || name > '{at}'"
        which = f"FROM django_migrations WHERE {later}"
        self.web.sql(f"CREATE TABLE kept AS SELECT * {which}; DELETE {which}")
        program = [
            sys.executable,
            "-I",
            str(host_program("sqlite_backup")),
            "backup",
        ]
        about = ["--name", name, "--app", "jersey_events", "--release", "r1", "--commit", "c"]
        where = ["--database", str(self.root / "srv/jersey_events/shared/db.sqlite3")]
        where += ["--user", ONESELF]
        subprocess.run([*program, *where, *about, "--into", str(self.backups)], check=True)
        self.web.sql("INSERT INTO django_migrations SELECT * FROM kept; DROP TABLE kept")
        return self.backups / f"{name}.json"

    def told(self, *records: dict[str, Any]) -> tuple[int, str]:
        """Return how the check ends on a host with this ledger."""
        ledger = self.root / "var/lib/changeover/jersey_events/ledger.jsonl"
        ledger.write_text("".join(f"{json.dumps(one)}\n" for one in records))
        return self.web.checks(WHICH, "-rs")


@pytest.fixture
def host(web: Web) -> Host:
    return Host(web)


sqlite = pytest.mark.parametrize("web", ["sqlite"], indirect=True)


@sqlite
def test_an_undone_release_leaves_the_way_back_from_the_last_that_was_committed(
    host: Host,
) -> None:
    host.back_up("20260101T000000Z-a", ADDED)
    host.back_up("20260102T000000Z-b", MOVED)  # of the release that was undone: today's schema

    status, said = host.told(record([ADDED], [MOVED]), undone([MOVED]), record([MOVED], [MOVED]))

    assert status == 0, said
    assert "1 passed" in said


@sqlite
def test_a_way_back_that_is_not_kept_is_said_in_words(host: Host) -> None:
    host.back_up("20260102T000000Z-b", MOVED)

    status, said = host.told(record([ADDED], [MOVED]))

    assert status == 1
    assert (
        "no way back to before release r2 of 2026-01-02T03:04:05Z: no backup at schema"
        f" {ADDED} is in /var/backups/changeover/jersey_events, only 20260102T000000Z-b.json at"
        f" {MOVED}"
    ) in said


@sqlite
def test_a_backup_that_cannot_be_restored_is_named(host: Host) -> None:
    manifest = host.back_up("20260101T000000Z-a", ADDED)
    (artefact,) = manifest.parent.glob("*.sqlite*")
    artefact.write_bytes(b"x" * artefact.stat().st_size)

    status, said = host.told(record([ADDED], [MOVED]))

    assert status == 1
    assert "20260101T000000Z-a.json cannot be restored: " in said


@sqlite
def test_where_no_migration_was_committed_there_is_nothing_to_ask(host: Host) -> None:
    host.back_up("20260102T000000Z-b", MOVED)

    for records in (
        [undone([MOVED])],
        [record([], [MOVED]), undone([MOVED])],
    ):
        status, said = host.told(*records)
        assert status == 0, said
        assert "1 skipped" in said


def test_the_last_migration_is_the_one_that_led_to_todays_schema() -> None:
    one, two, three = ["1"], ["2"], ["3"]
    first, second, third = record([], one), record(one, two), record(two, three)
    back = record(three, two, kind="rollback restore")
    plain = record(two, two)

    assert last_migration([first, second, plain], two) is second
    assert last_migration([first, second, third], three) is third
    assert last_migration([first, second, third, back, plain], two) is second
    assert last_migration([plain], two) is None
    assert is_code_alone([first, record(two, two, kind="rollback code")])
    assert not is_code_alone([record(two, two, kind="rollback code"), plain])
