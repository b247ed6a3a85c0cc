"""The database is at its head, and there is a verified way back."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tasks.plans import engines
from tasks.plans.engines.protocol import Engine, History, after, schema
from tasks.plans.paths import PROGRAMS
from tests.checks.carriers import Carrier
from tests.checks.sql import look, server_words


def _history(carrier: Carrier) -> tuple[Engine, History]:
    engine = engines.of(carrier.app)
    if engine is None or carrier.history is None:
        pytest.skip("the release has no migrations")
    return engine, carrier.history


def test_the_database_is_at_the_head_revision(carrier: Carrier) -> None:
    engine, history = _history(carrier)
    head = schema(engine, after((), engine.forward(history, ())))
    assert carrier.ask(carrier.app.health.path).json()["schema"] == head


def test_the_database_itself_names_what_the_release_knows(carrier: Carrier) -> None:
    engine, history = _history(carrier)
    seen = look(carrier)
    assert not seen.problem
    waiting = [move.step for move in engine.forward(history, seen.revisions)]
    assert not waiting, f"not applied: {', '.join(waiting)}"
    unknown = engine.unknown(history, seen.revisions)
    assert not unknown, f"the release does not know: {', '.join(unknown)}"


def test_there_is_a_verified_way_back_from_the_last_migration(carrier: Carrier) -> None:
    engine, history = _history(carrier)
    _skip_before_any_backup(carrier)
    newest = _manifests(carrier)[-1]
    manifest = json.loads(carrier.output("cat %s", newest))
    assert manifest["verified"] is True
    assert engine.forward(history, manifest["revisions"])
    assert not engine.unknown(history, manifest["revisions"])
    seen = look(carrier)
    assert not seen.problem
    program = "sqlite" if seen.location.is_file else "postgres"
    where = [] if seen.location.is_file else server_words(carrier)
    words = ["--manifest", newest, *where]
    status, said = carrier.said(f"{PROGRAMS}/{program}_backup verify{' %s' * len(words)}", *words)
    assert status == 0, said


def test_the_newest_backup_is_recent_enough(
    carrier: Carrier, request: pytest.FixtureRequest
) -> None:
    days = request.config.getoption("--backup-max-age-days")
    if days is None:
        pytest.skip("no --backup-max-age-days given")
    _skip_before_any_backup(carrier)
    manifest = json.loads(carrier.output("cat %s", _manifests(carrier)[-1]))
    age = datetime.now(UTC) - datetime.fromisoformat(manifest["finished"])
    assert age < timedelta(days=days)


def _skip_before_any_backup(carrier: Carrier) -> None:
    ledger = carrier.output("cat %s", f"{carrier.paths.state}/ledger.jsonl")
    if not any(json.loads(line).get("backup") for line in ledger.splitlines()):
        pytest.skip("the first migrations make the database: there was nothing to back up")


def _manifests(carrier: Carrier) -> list[str]:
    names = carrier.output("ls -1 %s", carrier.paths.backups).splitlines()
    found = sorted(f"{carrier.paths.backups}/{name}" for name in names if name.endswith(".json"))
    assert found, f"no backup in {carrier.paths.backups}"
    return found
