"""A rollback over a change of the migration engine: what cannot be known is not none."""

from dataclasses import replace

import pytest

from changeover.plans import migrate, pending
from changeover.plans import rollback_methods as ways
from changeover.plans.migrations.steps import Migration
from changeover.plans.snapshot import Backup, Snapshot
from changeover.settings.app import Django
from tests.unit.plans.rollback.test_rollback import NEW, OLD, POINT, committed, updated, way
from tests.unit.plans.world import PLAYMAKER

DJANGO = PLAYMAKER.model_copy(update={"migrations": Django()})


def moved_to_django(*backups: Backup) -> Snapshot:
    """Return a host on which a release by Django serves, released over one by Alembic."""
    host = committed(updated(*backups), OLD, "2026-01-02T12:00:00Z", engine="Alembic")
    steps = (Migration("shop.0001_initial"),)
    return committed(host, NEW, "2026-01-03T12:00:00Z", engine="Django", migrations=steps)


def test_a_release_of_another_engine_is_gone_back_to_by_that_one() -> None:
    host = moved_to_django(POINT)

    for which in ways.METHODS:
        assert way(which, host, app=DJANGO).problem == (
            "its migrations are Alembic's, and deploys/playmaker.py declares Django: take that file"
            " as it was for the release"
        )
    for which in ("code", "downgrade"):
        assert "was migrated by Django, of which Alembic knows nothing" in way(which, host).problem
    assert way("restore", host).manifest == POINT.manifest


@pytest.mark.parametrize(
    ("histories", "fits"),
    [
        (None, False),
        ({"django_migrations": ()}, False),
        ({"django_migrations": (), "alembic_version": ("0001",)}, True),
        ({"django_migrations": (), "alembic_version": ()}, False),
    ],
)
def test_a_backup_counts_by_what_the_engine_noted(
    histories: dict[str, tuple[str, ...]] | None, fits: bool
) -> None:
    """It was taken when another engine was declared, which had noted nothing."""
    point = replace(POINT, revisions=(), histories=histories)

    found = way("restore", moved_to_django(point))

    assert (found.manifest == point.manifest) == fits
    unknown = "of which it is known what Alembic had done" in found.problem
    assert unknown == ("alembic_version" not in (histories or {}))


def test_of_a_release_without_migrations_an_unknown_backup_is_no_way_back() -> None:
    host = committed(updated(), OLD, "2026-01-02", migrations=None, migrations_object=None)
    unknown = replace(POINT, revisions=())

    for point, fits in ((unknown, False), (replace(unknown, empty=True), True)):
        assert bool(way("restore", replace(host, backups=(point,))).manifest) == fits


def test_migrations_that_nobody_read_are_not_none() -> None:
    host = committed(updated(POINT), OLD, "2026-01-02", migrations=None, migrations_object="x")

    for which in ways.METHODS:
        assert "it has migrations that were never read" in way(which, host).problem


def test_a_history_of_another_engine_is_read_anew() -> None:
    host = committed(updated(), NEW, "2026-01-03", engine="Django")

    assert pending.history(NEW, host) is None
    assert migrate.decide_history(NEW, host).needed
