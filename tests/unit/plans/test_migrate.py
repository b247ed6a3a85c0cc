"""Migrations are applied by name, and never without a way back."""

from dataclasses import replace

from tasks.plans import migrate
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import (
    FILES_AFTER,
    HELLO,
    V3,
    backup,
    fresh,
    serving,
    target,
    with_release,
)

WISHED = target(commit=V3)
BEFORE = with_release(serving(target()), WISHED)
DATABASE = "/srv/playmaker/shared/playmaker.db"
MANIFEST = "/var/backups/changeover/playmaker/20260102.json"
LOG = "/var/lib/changeover/playmaker/migrate.log"
# stands for systemd-run: runs what follows --, says the revision that the last upgrade left
SYSTEMD = 'echo "$@" >> "$0.arguments"; while [ "$1" != -- ]; do shift; done; shift; exec "$@"'
ALEMBIC = 'case "$4" in $(cat "$(dirname "$0")/broken")) echo no such column; exit 1 ;; esac; '
ALEMBIC += 'echo "$4" > "$(dirname "$0")/revision"; echo applied'


def stage(shell: Shell, broken: str = "none") -> None:
    """Put a release with a toy alembic there."""
    folder = f"{WISHED.release_path}/.venv/bin"
    shell.write(f"{folder}/alembic", f"#!/bin/sh\n{ALEMBIC}\n", 0o755)
    shell.write(f"{folder}/python", '#!/bin/sh\ncat "$(dirname "$0")/revision"\n', 0o755)
    shell.write(f"{folder}/broken", broken)
    shell.stub("systemd-run", SYSTEMD)
    shell.write("/var/lib/changeover/playmaker/.keep")


def text(manifest: str = MANIFEST) -> str:
    known = (backup(target(), FILES_AFTER),) if manifest else ()
    return migrate.migrate_script(WISHED, replace(BEFORE, backups=known), DATABASE, manifest)


def test_the_history_is_read_once() -> None:
    assert not migrate.decide_history(target(), serving(target())).needed
    assert not migrate.decide_history(target(HELLO), serving(target(HELLO))).needed
    assert migrate.decide_history(WISHED, serving(target())).needed
    assert migrate.decide_history(target(commit=None), fresh()).needed


def test_the_reason_names_what_waits() -> None:
    assert migrate.decide(WISHED, BEFORE).why == "pending: 0002"
    assert migrate.decide(target(), serving(target())).why == "the database is at 0001"


def test_only_what_waits_is_applied_and_seen_to_arrive(shell: Shell) -> None:
    stage(shell)

    assert shell.run(text()) == "applying 0002\n"

    calls = (shell.programs / "systemd-run.arguments").read_text()
    assert "alembic -c alembic.ini upgrade 0002" in calls
    assert "upgrade 0001" not in calls
    assert f"EnvironmentFile={shell / '/srv/playmaker/shared/.env'}" in calls


def test_the_candidate_environment_is_what_a_migration_sees(shell: Shell) -> None:
    stage(shell)
    made = shell.write(WISHED.paths.candidate)

    shell.run(text())

    assert f"EnvironmentFile={made} " in (shell.programs / "systemd-run.arguments").read_text()


def test_data_without_a_verified_backup_is_not_touched(shell: Shell) -> None:
    stage(shell)
    shell.write(DATABASE, "data")

    done = shell.try_(text(manifest=""))

    assert done.returncode == 1
    assert "has no verified backup of exactly this state" in done.stderr
    assert not (shell.programs / "systemd-run.arguments").exists()


def test_a_new_database_needs_no_backup(shell: Shell) -> None:
    stage(shell)
    shell.write(DATABASE, "")

    assert shell.run(text(manifest="")) == "applying 0002\n"


def test_a_failed_step_stops_there_and_says_where_to_look(shell: Shell) -> None:
    stage(shell, broken="0002")
    shell.write(DATABASE, "data")

    done = shell.try_(text())

    assert done.returncode == 1
    assert "no such column" in done.stderr
    assert "migration 0002 failed" in done.stderr
    assert "no such column" in (shell / LOG).read_text()
    assert (shell / LOG).stat().st_mode & 0o777 == 0o600


def test_data_without_a_way_back_is_not_touched_by_the_undo_either() -> None:
    assert migrate.undo(WISHED, serving(WISHED), DATABASE, "").script == ""
    assert MANIFEST in migrate.undo(WISHED, serving(WISHED), DATABASE, MANIFEST).script
    assert migrate.undo(WISHED, fresh(), DATABASE, "").script != ""


def test_a_step_that_ends_well_but_leaves_another_revision_is_a_failure(shell: Shell) -> None:
    stage(shell)
    shell.write(f"{WISHED.release_path}/.venv/bin/python", "#!/bin/sh\necho 0001\n", 0o755)

    done = shell.try_(text())

    assert done.returncode == 1
    assert "after 0002 the database says revision '0001'" in (shell / LOG).read_text()
