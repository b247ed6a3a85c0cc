"""An undo has the time that it really needs, or what it would undo is refused before it begins."""

from dataclasses import replace

import pytest

from changeover.plans import backup as backups
from changeover.plans import migrate, preflight, rehearse, rollback, time_limits
from changeover.plans.databases.kind import Location
from changeover.plans.databases.sqlite import SQLITE
from changeover.plans.rollback import RollbackRequest
from changeover.plans.rollback_methods.method import RESTORE, Method
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Rollback, Target
from changeover.settings.load import SettingsError
from tests.unit.plans.world import FILES_AFTER, V3, backup, serving, target, with_release

TARGET = target(commit=V3)
FILE = Location(SQLITE, "/srv/playmaker/shared/playmaker.db")
SETTING = "playmaker_undo_timeout_seconds"


def taken(seconds: float) -> Snapshot:
    """Return a host whose newest backup took that long."""
    known = replace(backup(target(), FILES_AFTER), seconds=seconds)
    return replace(with_release(serving(target()), TARGET), backups=(known,))


@pytest.mark.parametrize(("seconds", "limit"), [(0.5, 900), (180, 900), (181, 905), (1300, 6500)])
def test_an_undo_may_take_five_times_as_long_as_its_backup_with_its_restore(
    seconds: float, limit: int
) -> None:
    found = taken(seconds)

    undo = migrate.undo(TARGET, found, FILE, found.backups[-1].manifest)

    assert undo.undo_seconds == limit


def test_where_there_was_no_database_the_undo_only_renames() -> None:
    nothing = replace(taken(1), database=None, backups=())

    assert migrate.undo(TARGET, nothing, FILE, "").undo_seconds == 900


def test_what_could_not_be_undone_in_time_is_refused_with_the_setting_to_raise() -> None:
    found = taken(2000)

    said = migrate.refusal(TARGET, found, found.backups[-1].manifest)

    assert said.startswith(f"{SETTING}: putting the database back may take up to 10000 s")
    assert "7200 are allowed. Raise it to 10000 at least" in said
    assert migrate.refusal(TARGET, taken(1440), found.backups[-1].manifest) == ""
    raised = target(commit=V3, undo_timeout_seconds=10000)
    assert migrate.refusal(raised, found, found.backups[-1].manifest) == ""


def problems(wanted: Target, seconds: float) -> list[str]:
    found = taken(seconds)
    said = preflight.problems(wanted, found, now=found.clock, database_url=found.database_url)
    return [line for line in said if line.startswith(SETTING)]


def test_preflight_knows_it_from_the_newest_backup_where_migrations_wait() -> None:
    assert len(problems(TARGET, 2000)) == 1
    assert problems(TARGET, 1) == []
    assert problems(target(), 2000) == [], "nothing waits, so nothing would be undone"


def test_a_restore_has_the_time_that_its_backup_took_and_is_refused_beyond() -> None:
    found = taken(1000)
    manifest = found.backups[-1].manifest
    release = found.releases[target().release or ""]
    back = replace(TARGET, rollback=Rollback(release, Method(RESTORE, manifest=manifest)))

    assert rollback.undo(back, found, FILE, manifest).limit_seconds == 5000
    assert rollback.undo(back, found, FILE, manifest).limit_setting == SETTING
    said = rollback.problems(
        back, taken(3000), RollbackRequest(RESTORE, loses="all"), rollback.Losses()
    )
    assert [line for line in said if line.startswith(SETTING)]


def test_all_migrations_together_have_a_limit_that_can_be_set() -> None:
    found = taken(1)
    manifest = found.backups[-1].manifest
    assert migrate.undo(TARGET, found, FILE, manifest).limit_seconds == 1800
    raised = target(commit=V3, migration_timeout_seconds=9000)

    undo = migrate.undo(raised, found, FILE, manifest)

    assert undo.limit_seconds == 9000
    assert undo.limit_setting == "playmaker_migration_timeout_seconds"
    assert rehearse.undo(raised, FILE).limit_seconds > 9000 + 7200
    assert backups.undo(raised, FILE).limit_seconds == 7200
    assert '"steps": 9000' in rehearse.rehearse_script(raised, found, FILE)


@pytest.mark.parametrize("seconds", [0, 59, 10**9])
def test_no_limit_is_none_or_endless(seconds: int) -> None:
    with pytest.raises(SettingsError, match="playmaker_migration_timeout_seconds"):
        target(migration_timeout_seconds=seconds)
    with pytest.raises(SettingsError, match=SETTING):
        target(undo_timeout_seconds=min(seconds, 899) if seconds < 900 else seconds)


def test_the_backup_of_a_manifest_is_the_very_one() -> None:
    found = taken(3)
    assert time_limits.of(found, found.backups[-1].manifest) == found.backups[-1]
    assert time_limits.of(found, "/another.json") is None
