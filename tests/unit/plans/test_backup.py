"""A backup is due before data changes, and only one of exactly today's data counts."""

import subprocess
from dataclasses import replace

import pytest

from tasks.plans import backup
from tasks.plans.databases.location import Location
from tasks.plans.snapshot import Backup, Snapshot
from tests.unit.plans import world
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import FILES_AFTER, FILES_BEFORE, V3, fresh, serving, target

OLD = world.backup(target(), FILES_BEFORE, "20260101")
EQUAL = world.backup(target(), FILES_AFTER, "20260102")
LATER = world.backup(target(), FILES_BEFORE, "20260103")
WISHED = target(commit=V3)


def having(*backups: Backup, wished: bool = True) -> Snapshot:
    """Return a host on which V2 serves, with these backups."""
    before = serving(target())
    return replace(world.with_release(before, WISHED) if wished else before, backups=backups)


@pytest.mark.parametrize(
    ("backups", "found"),
    [((), None), ((OLD,), None), ((OLD, EQUAL), EQUAL), ((EQUAL, LATER), EQUAL)],
)
def test_a_backup_counts_if_nothing_was_written_since(
    backups: tuple[Backup, ...], found: Backup | None
) -> None:
    assert backup.verified_now(having(*backups)) == found
    assert backup.decide(WISHED, having(*backups)).needed is (found is None)


def test_without_a_database_there_is_nothing_to_back_up() -> None:
    assert backup.verified_now(fresh()) is None
    assert not backup.decide(target(commit=None), fresh()).needed


def test_a_release_that_changes_no_schema_takes_no_backup() -> None:
    assert not backup.decide(target(), having(wished=False)).needed


def test_a_backup_is_named_after_what_serves_not_after_what_is_wished() -> None:
    text = backup.backup_script(WISHED, having(), Location("/srv/playmaker/shared/playmaker.db"))

    assert f"release={target().release}\n" in text
    assert "commit=2222222222222222222222222222222222222222\n" in text
    assert "short=222222222222\n" in text
    assert "database=/srv/playmaker/shared/playmaker.db\n" in text


def test_a_backup_of_data_that_no_release_serves_says_so() -> None:
    text = backup.backup_script(WISHED, replace(having(), current=None), Location())

    assert "release=none\n" in text
    assert "commit=none\n" in text


def test_the_undo_clears_what_a_killed_backup_left_and_never_keeps_a_site_closed() -> None:
    location = Location("shop", functions="database/postgres")
    undo = backup.undo(WISHED, location)
    with_server = undo.script.replace('"$programs/postgres_backup"', "fake")
    for status in (0, 1):
        fake = f'fake() {{ echo "asked $1" >&2; return {status}; }}\n'
        done = subprocess.run(
            ["bash", "-c", fake + with_server], capture_output=True, text=True, check=True
        )
        assert done.stderr.startswith("asked drop-scratch\n")
        assert ("shop may be left" in done.stderr) is bool(status)


def test_the_undo_removes_an_artefact_that_was_never_verified_and_no_other(shell: Shell) -> None:
    folder = "/var/backups/changeover/playmaker"
    for name in ("whole.sqlite.zst", "whole.json", "half.sqlite.zst", "half.postgres.zst"):
        shell.write(f"{folder}/{name}")

    for _ in range(2):
        shell.run(backup.undo(WISHED, Location()).script)

    left = sorted(path.name for path in (shell / folder).iterdir())
    assert left == ["whole.json", "whole.sqlite.zst"]
