"""The database is at its head, and there is a verified way back."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from changeover.checks.carriers import Carrier
from changeover.checks.ledger import committed, is_code_alone, last_migration, named
from changeover.checks.sql import look, target_of
from changeover.host.health import SCHEMA
from changeover.plans import databases, migrations
from changeover.plans.migrations.protocol import Engine, schema
from changeover.plans.migrations.steps import History, after
from changeover.plans.paths import PROGRAMS


def _history(carrier: Carrier) -> tuple[Engine, History]:
    engine = migrations.of(carrier.app)
    if engine is None or carrier.history is None:
        pytest.skip("the release has no migrations")
    return engine, carrier.history


def test_the_database_is_at_the_head_revision(carrier: Carrier) -> None:
    engine, history = _history(carrier)
    if SCHEMA not in carrier.app.health.says:
        pytest.skip("the app does not say which schema it has; the database is asked below")
    head = schema(engine, after((), engine.forward(history, ())))
    told = carrier.health().get(SCHEMA)
    _skip_where_code_is_older(carrier, told == head)
    assert told == head, f"{carrier.app.health.path} says schema {told}; the release's is {head}"


def test_the_database_itself_names_what_the_release_knows(carrier: Carrier) -> None:
    engine, history = _history(carrier)
    seen = look(carrier)
    assert not seen.problem, seen.problem
    unknown = engine.unknown(history, seen.revisions)
    # one that names its newest step alone then says nothing of the others
    _skip_where_code_is_older(carrier, not unknown)
    assert not unknown, f"the release does not know: {', '.join(unknown)}"
    waiting = [move.step for move in engine.forward(history, seen.revisions)]
    assert not waiting, f"not applied: {', '.join(waiting)}"


def test_there_is_a_verified_way_back_from_the_last_migration(carrier: Carrier) -> None:
    engine, _ = _history(carrier)
    _skip_before_any_backup(carrier)
    seen = look(carrier)
    assert not seen.problem, seen.problem
    last = last_migration(committed(carrier), engine.heads(seen.revisions))
    if last is None:
        pytest.skip("no release that was committed here migrated to today's schema")
    before = last["schema_before"]
    if not before:
        pytest.skip(f"{named(last)} made the schema: there is none to go back to")
    found = {path: json.loads(carrier.output("cat %s", path)) for path in _manifests(carrier)}
    fitting = [path for path, one in found.items() if list(_heads(engine, one)) == before]
    assert fitting, (
        f"no way back to before {named(last)}: no backup at schema {', '.join(before)} is in"
        f" {carrier.paths.backups}, only {'; '.join(_shown(engine, found))}"
    )
    assert found[fitting[-1]]["verified"] is True, f"{fitting[-1]} was never restored to verify it"
    told = databases.told(target_of(carrier), seen.location)
    words, program = ("--manifest", fitting[-1], *told.reach), seen.location.kind.program
    status, said = carrier.said(f"{PROGRAMS}/{program} verify{' %s' * len(words)}", *words)
    assert status == 0, f"{fitting[-1]} cannot be restored: {said}"


def _heads(engine: Engine, manifest: dict[str, Any]) -> tuple[str, ...]:
    return engine.heads(manifest["revisions"])


def _shown(engine: Engine, found: dict[str, dict[str, Any]]) -> list[str]:
    return [
        f"{path.rpartition('/')[2]} at {', '.join(_heads(engine, one)) or 'no schema'}"
        for path, one in found.items()
    ]


def test_the_newest_backup_is_recent_enough(
    carrier: Carrier, request: pytest.FixtureRequest
) -> None:
    days = request.config.getoption("--backup-max-age-days")
    if days is None:
        pytest.skip("no --backup-max-age-days given")
    _skip_before_any_backup(carrier)
    newest = _manifests(carrier)[-1]
    finished = json.loads(carrier.output("cat %s", newest))["finished"]
    age = datetime.now(UTC) - datetime.fromisoformat(finished)
    assert age < timedelta(days=days), f"the newest backup, {newest}, is of {finished}"


def _skip_where_code_is_older(carrier: Carrier, well: bool) -> None:
    if not well and is_code_alone(committed(carrier)):
        pytest.skip("the code alone was rolled back: it is older than the schema")


def _skip_before_any_backup(carrier: Carrier) -> None:
    ledger = carrier.output("cat %s", f"{carrier.paths.state}/ledger.jsonl")
    if not any(json.loads(line).get("backup") for line in ledger.splitlines()):
        pytest.skip("the first migrations make the database: there was nothing to back up")


def _manifests(carrier: Carrier) -> list[str]:
    names = carrier.output("ls -1 %s", carrier.paths.backups).splitlines()
    found = sorted(f"{carrier.paths.backups}/{name}" for name in names if name.endswith(".json"))
    assert found, f"no backup in {carrier.paths.backups}"
    return found
