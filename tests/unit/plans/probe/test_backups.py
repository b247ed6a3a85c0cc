"""The probe of backups: what is known of their migrations, and what is not."""

import json
from typing import Any

import pytest

from changeover.plans.probe_answer import parse_snapshot
from tests.unit.plans.probe.test_probe import PATHS, answered, quiet
from tests.unit.plans.shell import Shell

__all__ = ["quiet"]


@pytest.mark.parametrize(
    ("more", "noted"),
    [
        ({"histories": {"alembic_version": ["1"]}}, ("1",)),
        ({"histories": {"other": []}}, None),
        ({"content": {"tables": {"users": {}}}}, ()),
        ({"content": {"tables": {"public.alembic_version": {}}}}, None),
        ({"content": {"tables": {"users": {}}, "pages": {"count": 1}}}, None),
        ({"content": {"tables": {}}}, ()),
        ({}, None),
    ],
)
def test_that_no_migration_is_noted_is_not_that_there_is_none(
    shell: Shell, more: dict[str, Any], noted: tuple[str, ...] | None
) -> None:
    manifest = {"release": "r1", "revisions": [], "started": "t", "verified": True}
    shell.write(f"{PATHS.backups}/1.json", json.dumps(manifest | more))

    (found,) = parse_snapshot(answered(shell).splitlines()).backups

    assert found.noted_in("alembic_version") == noted
