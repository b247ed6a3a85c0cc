"""Migrations are applied by name, and never without a way back."""

import os
import pwd
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace

import pytest

from changeover.plans import migrate
from changeover.plans.databases.kind import Location
from changeover.plans.databases.sqlite import SQLITE
from changeover.plans.migrations.steps import Migration
from changeover.plans.paths import PROGRAMS
from changeover.settings.migrations import Django
from tests.unit.package import host_program
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import (
    FILES_AFTER,
    HELLO,
    PLAYMAKER,
    V3,
    backup,
    fresh,
    serving,
    target,
    with_release,
)

TARGET = target(commit=V3)
DJANGO = PLAYMAKER.model_copy(update={"migrations": Django(settings="events.settings")})
BEFORE = with_release(serving(target()), TARGET)
FILE = "/srv/playmaker/shared/playmaker.db"
USER = pwd.getpwuid(os.geteuid()).pw_name
DATABASE = Location(SQLITE, FILE)
BACKUPS = f"{PROGRAMS}/sqlite_backup"
MANIFEST = "/var/backups/changeover/playmaker/20260102.json"
LOG = "/var/lib/changeover/playmaker/migrate.log"
ENVIRONMENT = """\
from alembic import context
from sqlalchemy import create_engine
with create_engine("sqlite:///DATABASE").connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
FORGETS = """\
import sqlite3
connection = sqlite3.connect("DATABASE")
connection.execute("DELETE FROM alembic_version")
connection.commit()
"""
STEP = """\
\"\"\"Step.\"\"\"
from alembic import op
revision, down_revision = {name!r}, {after!r}
def upgrade():
    op.execute("{statement}")
"""
BLIND = (
    'import os; [os.write(fd, b"words\\n@@now x\\n@@step 9\\n@@step m 9\\n@@also 1\\n@@now y")'
    " for fd in map(int, os.listdir('/proc/self/fd'))"
    " if os.path.exists(f'/proc/self/fd/{fd}') and int(open(f'/proc/self/fdinfo/{fd}')"
    ".read().split('flags:')[1].split()[0], 8) & 3]"
)


def stage(shell: Shell, statement: str = "SELECT 1") -> None:
    """Put a release with a database at 0001 there; the ``statement`` is its second step."""
    folder, database = TARGET.release_path, shell.write(FILE)
    shell.write(f"{folder}/.venv/bin/python", f'#!/bin/sh\nexec {sys.executable} "$@"\n', 0o755)
    shell.write(f"{folder}/alembic.ini", "[alembic]\nscript_location = alembic\n")
    shell.write(f"{folder}/alembic/env.py", ENVIRONMENT.replace("DATABASE", str(database)))
    for name, after, does in (("0001", None, "SELECT 1"), ("0002", "0001", statement)):
        step = STEP.format(name=name, after=after, statement=does)
        shell.write(f"{folder}/alembic/versions/{name}.py", step)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num)")
        connection.execute("INSERT INTO alembic_version VALUES ('0001')")
        connection.commit()
    program = host_program("sqlite_backup")
    shell.write(BACKUPS, f'#!/bin/sh\nexec {sys.executable} {program} "$@" --user {USER}\n', 0o755)
    shell.write("/var/lib/changeover/playmaker/undo.d/.keep")


def text(manifest: str = MANIFEST) -> str:
    known = (backup(target(), FILES_AFTER),) if manifest else ()
    return migrate.migrate_script(TARGET, replace(BEFORE, backups=known), DATABASE, manifest)


def test_the_history_is_read_once() -> None:
    assert not migrate.decide_history(target(), serving(target())).needed
    assert not migrate.decide_history(target(HELLO), serving(target(HELLO))).needed
    assert migrate.decide_history(TARGET, serving(target())).needed
    assert migrate.decide_history(target(commit=None), fresh()).needed


def test_the_reason_names_what_waits() -> None:
    assert migrate.decide(TARGET, BEFORE).why == "pending: 0002"
    assert migrate.decide(target(), serving(target())).why == "the database is at 0001"


def test_only_what_waits_is_applied_and_seen_to_arrive(shell: Shell) -> None:
    stage(shell)

    assert shell.run(text()) == "@@now applying 1 of 1: 0002\n"

    calls = shell.walls
    assert "run app --app playmaker --task migrate" in calls
    assert "--seconds 1800 " in calls
    assert f"--environment {shell / '/srv/playmaker/shared/.env'} " in calls


def test_the_candidate_environment_is_what_a_migration_sees(shell: Shell) -> None:
    stage(shell)
    made = shell.write(TARGET.paths.candidate)

    shell.run(text())

    assert f"--environment {made} " in shell.walls


def test_data_without_a_verified_backup_is_not_touched(shell: Shell) -> None:
    stage(shell)

    done = shell.try_(text(manifest=""))

    assert done.returncode == 1
    assert "has no verified backup of exactly this state" in done.stderr
    assert shell.walls == ""


def test_a_new_database_needs_no_backup(shell: Shell) -> None:
    stage(shell)
    (shell / FILE).unlink()
    nothing = replace(BEFORE, database=None)

    assert shell.run(migrate.migrate_script(TARGET, nothing, DATABASE, "")) == (
        "@@now applying 1 of 2: 0001\n@@now applying 2 of 2: 0002\n"
    )


def test_a_failed_step_stops_there_and_says_where_to_look(shell: Shell) -> None:
    stage(shell, "SELECT nonsense")
    rehearsed = shell.write(TARGET.paths.rehearsed)

    done = shell.try_(text())

    assert done.returncode == 1
    assert not rehearsed.exists(), "what failed after its rehearsal is to be rehearsed again"
    assert "no such column: nonsense" in done.stderr
    assert "migration 0002 failed" in done.stderr
    assert "no such column" in (shell / LOG).read_text()
    assert (shell / LOG).stat().st_mode & 0o777 == 0o600


def test_whatever_a_migration_writes_is_at_most_words(shell: Shell) -> None:
    """It may write where the program itself does."""
    stage(shell)
    shell.write(
        f"{TARGET.release_path}/alembic/versions/0002.py",
        STEP.format(name="0002", after="0001", statement="SELECT nonsense").replace(
            "    op.", f"    {BLIND}\n    op."
        ),
    )
    left = shell.write(f"{LOG}.step", "0009")  # of an earlier version

    done = shell.try_(text())

    told = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("@@")]
    assert told == ["@@now applying 1 of 1: 0002"]
    assert "migration 0002 failed; all it said" in done.stderr
    assert not left.exists()


@pytest.mark.parametrize(
    ("journal", "why"),
    [
        ("", "as its process was killed (SIGKILL);"),
        (
            "Main process exited, code=killed, status=9/KILL\nFailed with result 'oom-kill'.",
            "as its process was killed (SIGKILL) for want of memory; give the host more",
        ),
        (
            "Main process exited, code=dumped, status=6/ABRT",
            "as its process was killed (SIGABRT);",
        ),
    ],
)
def test_a_process_that_was_killed_is_said_to_be(shell: Shell, journal: str, why: str) -> None:
    stage(shell)
    kills = "import os; os.kill(os.getpid(), 9)"
    step = STEP.format(name="0002", after="0001", statement="SELECT 1").replace(
        "    op.", f"    {kills}\n    op."
    )
    shell.write(f"{TARGET.release_path}/alembic/versions/0002.py", step)
    said = shell.write("/journal", f"{journal}\n")
    shell.stub("journalctl", f"cat {said}")

    done = shell.try_(text())

    assert done.returncode == 1
    assert f"migration 0002 failed, {why}" in done.stderr
    assert list((shell / LOG).parent.glob("migrate.log*")) == [shell / LOG]


def test_data_without_a_way_back_is_not_touched_by_the_undo_either() -> None:
    assert migrate.undo(TARGET, serving(TARGET), DATABASE, "").script == ""
    assert MANIFEST in migrate.undo(TARGET, serving(TARGET), DATABASE, MANIFEST).script
    assert migrate.undo(TARGET, fresh(), DATABASE, "").script != ""


@pytest.mark.parametrize("told", ["the engine", "the database"])
def test_a_step_that_ends_well_but_leaves_another_revision_is_a_failure(
    shell: Shell, told: str
) -> None:
    stage(shell, "INSERT INTO alembic_version VALUES ('0003')")
    if told == "the database":  # for one that lies, or does something at its end
        path = shell / f"{TARGET.release_path}/.venv/bin/python"
        forgets = shell.write("/forgets.py", FORGETS.replace("DATABASE", str(shell / FILE)))
        path.write_text(f"#!/bin/sh\nexec {sys.executable} {forgets}\n")

    done = shell.try_(text())

    assert done.returncode == 1
    log, says = (shell / LOG).read_text(), "" if told == "the database" else "0002 0003"
    assert f"after 0002 the database says revision '{says}' instead of '0002'" in log


def test_the_history_is_kept_beside_the_code_and_read_in_the_wanted_environment() -> None:
    for app in (PLAYMAKER, DJANGO):
        text = migrate.history_script(target(app))

        release_path = target(app).release_path
        assert f"release_path={release_path}\n" in text
        assert f"history={release_path}/.changeover/migrations.json\n" in text
        assert f"candidate={TARGET.paths.candidate}\n" in text
        assert "shared=''\n" in text
    assert "units=(changeover-playmaker-migrate.service)\n" in migrate.undo_history(target()).stop


def test_djangos_steps_are_told_to_manage_by_app_and_name() -> None:
    first = Migration("accounts.0001_initial", (), "First")
    wanted = target(DJANGO, replace(V3, objects={**V3.objects, "manage.py": "manage01"}))
    host = with_release(serving(target()), wanted, migrations=(first,))
    text = migrate.migrate_script(wanted, host, DATABASE, MANIFEST)

    assert "steps=(accounts.0001_initial)\n" in text
    assert "gains=(accounts.0001_initial)\n" in text
    assert "manage=manage.py\n" in text
    assert "settings=events.settings\n" in text
