"""The database is at its head, and there is a verified way back."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.checks.carriers import Carrier


def _migrations(carrier: Carrier) -> list[str]:
    file = carrier.host.file(f"{carrier.paths.current}/.changeover/migrations.json")
    if not file.exists:
        pytest.skip("the release has no migrations")
    return [step["id"] for step in json.loads(file.content_string)]


def test_the_database_is_at_the_head_revision(carrier: Carrier) -> None:
    head = _migrations(carrier)[-1]
    assert carrier.ask(carrier.app.health.path).json()["schema"] == head


def test_there_is_a_verified_way_back_from_the_last_migration(carrier: Carrier) -> None:
    known = _migrations(carrier)
    if len(known) == 1:
        pytest.skip("the first migration makes the database: there was nothing to back up")
    newest = _manifests(carrier)[-1]
    manifest = json.loads(carrier.output("cat %s", newest))
    assert manifest["verified"] is True
    assert set(manifest["revisions"]) <= set(known[:-1])
    carrier.output("/usr/local/lib/changeover/sqlite_backup verify --manifest %s", newest)


def test_the_newest_backup_is_recent_enough(
    carrier: Carrier, request: pytest.FixtureRequest
) -> None:
    days = request.config.getoption("--backup-max-age-days")
    if days is None:
        pytest.skip("no --backup-max-age-days given")
    if len(_migrations(carrier)) == 1:
        pytest.skip("there was nothing to back up yet")
    manifest = json.loads(carrier.output("cat %s", _manifests(carrier)[-1]))
    age = datetime.now(UTC) - datetime.fromisoformat(manifest["finished"])
    assert age < timedelta(days=days)


def _manifests(carrier: Carrier) -> list[str]:
    names = carrier.output("ls -1 %s", carrier.paths.backups).splitlines()
    found = sorted(f"{carrier.paths.backups}/{name}" for name in names if name.endswith(".json"))
    assert found, f"no backup in {carrier.paths.backups}"
    return found
