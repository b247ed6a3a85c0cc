"""What nobody answered is not a no: guards stop where they cannot know."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from changeover.plans import fetch, maintenance, migrate, preflight, service
from changeover.plans.databases.kind import Location
from changeover.plans.databases.none import NOWHERE
from changeover.plans.databases.postgres import POSTGRES
from changeover.plans.maintenance import BY_RELEASE
from changeover.plans.paths import PROGRAMS
from changeover.plans.probe import probe_script
from changeover.plans.probe_answer import parse_snapshot
from changeover.plans.script import read
from changeover.plans.snapshot import Snapshot
from tests.unit.facts.answer import answer, parts
from tests.unit.plans.migrations.test_migrate import BEFORE, DATABASE, FILE, TARGET, stage
from tests.unit.plans.probe.test_probe import PATHS, QUESTION
from tests.unit.plans.processes.test_service import program
from tests.unit.plans.shell import Shell
from tests.unit.plans.web import stopped, web
from tests.unit.plans.world import backup, fresh, serving, target

SERVER = Location(POSTGRES, "shop")
STATE = "/var/lib/changeover/playmaker"
UNANSWERED = "nobody can tell whether shop holds data"


def answering(shell: Shell, body: str) -> None:
    """Have a program on the host that speaks of a database on its server."""
    shell.write(f"{PROGRAMS}/postgres_backup", f"#!/bin/sh\n{body}\n", 0o755)
    shell.write(TARGET.paths.env_file, "DATABASE_URL=postgresql://u@localhost/shop\n")
    shell.write(f"{STATE}/undo.d/.keep")


def migration(shell: Shell) -> "subprocess.CompletedProcess[str]":
    """Migrate what nobody has a backup of."""
    stage(shell)
    nothing = replace(BEFORE, database=None, backups=())
    return shell.try_(migrate.migrate_script(TARGET, nothing, SERVER, ""))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("echo 'psql is missing' >&2; exit 1", UNANSWERED),
        ("""echo '{"exists": null, "revisions": [], "error": "refused"}'""", UNANSWERED),
        ("echo nonsense", UNANSWERED),
        ("""echo '{"exists": true, "revisions": [], "error": null}'""", "shop holds data but"),
    ],
)
def test_data_that_nobody_can_deny_is_not_migrated(shell: Shell, body: str, said: str) -> None:
    answering(shell, body)

    done = migration(shell)

    assert done.returncode == 1
    assert said in done.stderr
    assert shell.walls == ""


def test_a_server_that_says_that_there_is_none_lets_the_migration_begin(shell: Shell) -> None:
    answering(shell, """echo '{"exists": false, "revisions": [], "error": null}'""")

    migration(shell)

    assert "upgrade" in shell.walls


def test_the_undo_of_a_migration_that_never_began_takes_no_database_away(shell: Shell) -> None:
    stage(shell)
    shell.stub("systemctl", "echo inactive")
    undo = migrate.undo(TARGET, fresh(), DATABASE, "").script

    shell.run(undo)
    assert (shell / FILE).exists(), "nothing says that the migration made it"

    shell.write(f"{STATE}/undo.d/new-database")
    shell.run(undo)
    assert not (shell / FILE).exists()


@pytest.mark.parametrize("state", ["active", "deactivating", "activating", "", "reloading"])
def test_what_is_not_seen_to_be_stopped_counts_as_running(shell: Shell, state: str) -> None:
    shell.stub("systemctl", f'case "$*" in *is-active*) exit 3 ;; show*) echo {state} ;; esac')
    shell.write(f"{STATE}/.keep")
    undo = service.undo_install(target(), fresh()).script

    for text in (service.quiesce_script(target(), serving(target()), NOWHERE), undo):
        done = shell.try_(text)

        assert done.returncode == 1
        assert "does not stop" in done.stderr


def test_a_manager_that_does_not_answer_has_stopped_nothing(shell: Shell) -> None:
    shell.stub("systemctl", "echo 'Failed to connect to bus' >&2; exit 1")
    shell.write(f"{STATE}/.keep")

    assert shell.try_(service.quiesce_script(target(), serving(target()), NOWHERE)).returncode == 1


def test_a_server_that_does_not_say_who_is_connected_stops_the_release(shell: Shell) -> None:
    answering(shell, "echo 'Connection refused' >&2; exit 1")
    shell.stub("systemctl", 'case "$*" in show*) echo inactive ;; esac')

    done = shell.try_(service.quiesce_script(target(), serving(target()), SERVER))

    assert done.returncode == 1
    assert "Connection refused" in done.stderr


@pytest.fixture
def writer(shell: Shell) -> Iterator["subprocess.Popen[bytes]"]:
    """Give a process that has the database open, by another path than its own."""
    real = shell.write("/disk/shared[1]/playmaker.db", "pages")
    shared = shell / "/srv/playmaker/shared"
    shared.parent.mkdir(parents=True)
    shared.symlink_to(real.parent)
    shell.stub("systemctl", 'case "$*" in show*) echo inactive ;; esac')
    shell.write(f"{STATE}/.keep")
    code = f"import time; file = open({str(shared / 'playmaker.db')!r}); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code])
    while str(real) not in {os.path.realpath(f) for f in Path(f"/proc/{process.pid}/fd").iterdir()}:
        time.sleep(0.02)
    yield process
    process.kill()
    process.wait()


def test_a_database_that_is_open_by_another_path_is_open(
    shell: Shell, writer: "subprocess.Popen[bytes]"
) -> None:
    program(shell)

    done = shell.try_(service.quiesce_script(target(), serving(target()), DATABASE))

    assert done.returncode == 1
    assert f"is open in other processes: {writer.pid} " in done.stderr


def test_a_release_that_serves_is_not_removed_however_its_link_is_written(shell: Shell) -> None:
    folder = shell.write(f"{TARGET.release_path}/app.py").parent
    (shell / TARGET.paths.current).symlink_to(folder)

    done = shell.try_(fetch.undo_fetch(TARGET).script)

    assert "is current" in done.stderr
    assert folder.exists()


@pytest.mark.parametrize(("state", "closed"), [("inactive", True), ("failed", True)])
def test_where_nginx_is_down_nobody_can_write(shell: Shell, state: str, closed: bool) -> None:
    shell.stub("systemctl", f"echo {state}")
    shell.write(f"{STATE}/.keep")

    done = shell.try_(maintenance.close_script(target(), BY_RELEASE))

    assert (done.returncode == 0) is closed


@pytest.mark.parametrize("body", ["echo active", "echo activating", "exit 1"])
def test_an_nginx_that_only_did_not_answer_is_not_closed(shell: Shell, body: str) -> None:
    shell.stub("systemctl", body)
    shell.write(f"{STATE}/.keep")

    done = shell.try_(maintenance.close_script(target(), BY_RELEASE))

    assert done.returncode == 1
    assert "does not answer" in done.stderr
    assert not (shell / f"{STATE}/maintenance").exists()


SECRETS = [
    "postgresql://u:hid?den@db/x",
    "postgresql://u:hid/den@db/x",
    "postgresql://u:hid#den@db/x",
    "postgresql://u:hid den@db/x",
    "postgresql://u:hidden/x",
    "postgresql:///x#hidden",
    "postgresql://u:a@b:hidden/x",
    "postgresql:///x?host=/run/p hidden",
    "postgresql://u:a@db/x hidden",
    "sqlite:///app.db?key=hidden",
]


@pytest.mark.parametrize("url", SECRETS)
def test_nothing_of_a_url_that_is_not_understood_is_shown(shell: Shell, url: str) -> None:
    for name in ("systemctl", "nginx", "dpkg-query"):
        shell.stub(name, "exit 1")
    shell.write(PATHS.env_file, f"DATABASE_URL={url}\n")

    said = shell.probe(probe_script(QUESTION))

    assert not [part for part in ("hid", "den") if part in said.replace("hidden_", "")], said


def test_a_program_that_says_nothing_of_a_database_does_not_deny_it(shell: Shell) -> None:
    for name in ("systemctl", "nginx", "dpkg-query"):
        shell.stub(name, "exit 1")
    answering(shell, "echo 'psql is missing' >&2; exit 1")

    found = parse_snapshot(shell.probe(probe_script(QUESTION)).splitlines()).database

    assert found
    assert found.error
    assert found.fingerprint is None
    assert json.dumps(found.revisions) == "[]"
    assert serving(target()).database


def test_what_fails_within_a_question_is_no_answer(shell: Shell) -> None:
    shell.stub("ask", "exit 1")
    text = f'{read("prelude")}found=$(ask; echo nobody)\necho "acted: $found"\n'

    done = shell.try_(text)

    assert (done.returncode, done.stdout) == (1, "")


def test_an_app_of_which_its_engine_said_nothing_is_stopped_once_more() -> None:
    down = stopped(replace(BEFORE, quiesced=True))
    assert not service.decide_quiesce(TARGET, down).needed

    assert service.decide_quiesce(TARGET, web(down, stopped=False)).needed
    assert service.decide_quiesce(TARGET, replace(down, processes={})).needed
    assert parse_snapshot(answer(down).splitlines()).processes["web"].stopped
    assert not parse_snapshot(unsaid(down)).processes["web"].stopped


def unsaid(snapshot: Snapshot) -> list[str]:
    """Return the probe's answer for a host, without the row that says that the app is stopped."""
    known = parts(snapshot)["processes"]
    told = [line for line in known["told"] if not line.startswith("web stopped")]
    return answer(snapshot, processes=known | {"told": told}).splitlines()


def test_data_that_is_gone_is_missed_where_there_is_a_backup_of_it() -> None:
    gone = replace(BEFORE, database=None, backups=(backup(target()),))

    said = preflight.problems(TARGET, gone, now=gone.clock, database_url=gone.database_url)

    assert [line for line in said if "is its disk mounted" in line]
    new = replace(gone, backups=())
    assert preflight.problems(TARGET, new, now=new.clock, database_url=new.database_url) == []
