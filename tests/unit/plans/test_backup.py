"""A backup is due before data changes, and only one of exactly today's data counts."""

import subprocess
from dataclasses import replace

import pytest

from changeover.plans import backup
from changeover.plans.databases.kind import Location
from changeover.plans.databases.none import NOWHERE
from changeover.plans.databases.postgres import POSTGRES
from changeover.plans.databases.sqlite import SQLITE
from changeover.plans.snapshot import Backup, Snapshot
from tests.unit.plans import world
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import FILES_AFTER, FILES_BEFORE, V3, fresh, serving, target

OLD = world.backup(target(), FILES_BEFORE, "20260101")
EQUAL = world.backup(target(), FILES_AFTER, "20260102")
LATER = world.backup(target(), FILES_BEFORE, "20260103")
TARGET = target(commit=V3)


def having(*backups: Backup, wanted: bool = True) -> Snapshot:
    """Return a host on which V2 serves, with these backups."""
    before = serving(target())
    return replace(world.with_release(before, TARGET) if wanted else before, backups=backups)


@pytest.mark.parametrize(
    ("backups", "found"),
    [((), None), ((OLD,), None), ((OLD, EQUAL), EQUAL), ((EQUAL, LATER), EQUAL)],
)
def test_a_backup_counts_if_nothing_was_written_since(
    backups: tuple[Backup, ...], found: Backup | None
) -> None:
    assert backup.verified_now(having(*backups)) == found
    assert backup.decide(TARGET, having(*backups)).needed is (found is None)


def test_without_a_database_there_is_nothing_to_back_up() -> None:
    assert backup.verified_now(fresh()) is None
    assert not backup.decide(target(commit=None), fresh()).needed


def test_a_release_that_changes_no_schema_takes_no_backup() -> None:
    assert not backup.decide(target(), having(wanted=False)).needed


def test_a_backup_is_named_after_what_serves_not_after_what_is_wanted() -> None:
    text = backup.backup_script(
        TARGET, having(), Location(SQLITE, "/srv/playmaker/shared/playmaker.db")
    )

    assert f"release={target().release}\n" in text
    assert "commit=2222222222222222222222222222222222222222\n" in text
    assert "short=222222222222\n" in text
    assert "database=/srv/playmaker/shared/playmaker.db\n" in text


def test_the_apps_own_sqlite_is_the_one_of_the_release_that_serves(shell: Shell) -> None:
    """Behind walls, as the app, with the copy and nothing of the app's environment."""
    location = Location(SQLITE, "/srv/playmaker/shared/playmaker.db")
    text = backup.backup_script(TARGET, having(), location).replace(" > /dev/null", "")
    text = text.replace('"$programs/sqlite_backup"', "sqlite_backup")
    asking = 'while [ "$1" != --own ]; do shift; done; exec bash -c "$2" own /work/leaf /lib/own.py'
    shell.stub("sqlite_backup", asking)
    assert "no Python environment" in shell.try_(text).stderr

    serves = f"/srv/playmaker/releases/{target().release}"
    shell.write(f"{serves}/.venv/bin/python", "#!/bin/sh\necho asked $*\n", 0o755)
    words = shell.run(text).split()
    assert words[:2] == ["asked", "-I"]
    assert words[2] == "/lib/own.py"
    assert words[3].endswith("/run/changeover-leaf/copy")
    assert shell.walls.startswith("run app --app playmaker --task sqlite --folder ")
    assert f"--read /work/leaf:{shell.root}/run/changeover-leaf" in shell.walls
    assert "--environment" not in shell.walls
    assert "--write" not in shell.walls


def test_where_nothing_serves_there_is_no_sqlite_of_the_apps_own() -> None:
    for database, now in (
        (Location(SQLITE, "/srv/playmaker/shared/playmaker.db"), replace(having(), current=None)),
        (Location(POSTGRES, "shop"), having()),
    ):
        assert "--own" not in backup.backup_script(TARGET, now, database)


def test_a_backup_of_data_that_no_release_serves_says_so() -> None:
    text = backup.backup_script(TARGET, replace(having(), current=None), NOWHERE)

    assert "release=none\n" in text
    assert "commit=none\n" in text


def test_the_undo_clears_what_a_killed_backup_left_and_never_keeps_a_site_closed() -> None:
    location = Location(POSTGRES, "shop")
    undo = backup.undo(TARGET, location)
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
        shell.run(backup.undo(TARGET, NOWHERE).script)

    left = sorted(path.name for path in (shell / folder).iterdir())
    assert left == ["whole.json", "whole.sqlite.zst"]
