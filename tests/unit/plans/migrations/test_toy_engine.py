"""An engine of somebody's own, at work by the scripts of releases: none of them knows its name."""

import json
import os
import pwd
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from changeover.host.revisions.table import Row
from changeover.plans import migrate, migrations, pending, probe, rehearse, rollback
from changeover.plans.databases.kind import Location
from changeover.plans.databases.sqlite import SQLITE
from changeover.plans.migrations.judgement import State
from changeover.plans.migrations.steps import Migration, kept
from changeover.plans.paths import PROGRAMS
from changeover.plans.preflight import blocked
from changeover.plans.probe_answer import parse_snapshot
from changeover.plans.rollback_methods import methods
from changeover.plans.rollback_methods.method import DOWNGRADE, Method
from changeover.plans.snapshot import Database, Release, Snapshot
from changeover.plans.target import Rollback, Target
from changeover.settings import app as settings
from changeover.settings.app import App
from changeover.settings.load import SettingsError
from changeover.settings.migrations import Migrations
from changeover.settings.processes import Web
from tests.toys.migrations import Steps, StepsEngine
from tests.unit.package import host_program
from tests.unit.plans import world
from tests.unit.plans.shell import Shell

APP = App(
    name="playmaker",
    database=settings.Database(),
    migrations=Steps(),
    processes=(Web("/usr/bin/python3 app.py", listens="fd"),),
)
COMMIT = replace(world.V3, objects={"": "tree", "steps": "steps1"})
TARGET = world.target(APP, COMMIT)
FILE = "/srv/playmaker/shared/playmaker.db"
MANIFEST = "/var/backups/changeover/playmaker/1.json"
HISTORY = f"{TARGET.release_path}/.changeover/migrations.json"
USERS = "# Users\n+ CREATE TABLE users (name text)\n- DROP TABLE users\n"
NOTES = "# Notes\n+ CREATE TABLE notes (word text)\n+ CREATE TABLE tags (word text)\n"
BACK = "- DROP TABLE notes\n- DROP TABLE tags\n"
LONG = (Migration("001"), Migration("002", ("001",)), Migration("003", ("002",)))


class Host:
    """A host on which a release of the app lies."""

    def __init__(self, root: Path) -> None:
        self.shell = Shell(root)
        self.file = self.shell.write("/srv/playmaker/shared/.keep").with_name("playmaker.db")
        python = f'DATABASE_URL=sqlite:///{self.file} exec {sys.executable} "$@"'
        self.shell.stub("python3", python)
        user, program = pwd.getpwuid(os.geteuid()).pw_name, host_program("sqlite_backup")
        text = f'#!/bin/sh\nexec {sys.executable} {program} "$@" --user {user}\n'
        self.shell.write(f"{PROGRAMS}/sqlite_backup", text, 0o755)
        self.shell.write("/var/lib/changeover/playmaker/undo.d/.keep")
        self.shell.write("/srv/playmaker/shared/.env", "DATABASE_URL=sqlite:///./playmaker.db\n")
        self.shell.write(HISTORY)

    def step(self, name: str, text: str) -> None:
        self.shell.write(f"{TARGET.release_path}/steps/{name}.step", text)

    def seen(self) -> Snapshot:
        """Have the history read, and the host asked; return what is there."""
        self.shell.run(migrate.history_script(TARGET))
        steps = kept(json.loads((self.shell / HISTORY).read_text())).steps
        text = self.shell.probe(probe.probe_script(probe.question(TARGET)))
        found = parse_snapshot(text.splitlines())
        release = Release(TARGET.release or "", COMMIT.id, TARGET.migrations_object, {}, steps)
        return replace(found, releases={release.name: release})

    def migrate(self, manifest: str = MANIFEST) -> str:
        text = migrate.migrate_script(TARGET, self.seen(), Location(SQLITE, FILE), manifest)
        return self.shell.run(text)

    def fail(self) -> str:
        done = self.shell.try_(
            migrate.migrate_script(TARGET, self.seen(), Location(SQLITE, FILE), MANIFEST)
        )
        assert done.returncode == 1
        return done.stderr

    def sql(self, text: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.file)) as connection, connection:
            return connection.execute(text).fetchall()


@pytest.fixture
def host(tmp_path: Path) -> Host:
    made = Host(tmp_path)
    made.step("001_users", USERS)
    return made


def tables(host: Host) -> list[str]:
    return [
        str(name) for (name,) in host.sql("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]


def test_its_life(host: Host) -> None:
    assert host.migrate("") == "@@now applying 1 of 1: 001_users\n"
    assert pending.names(TARGET, host.seen()) == ()
    before = host.seen().releases

    host.step("002_notes", NOTES + BACK)
    assert pending.names(TARGET, host.seen()) == ("002_notes",)
    assert host.migrate() == "@@now applying 1 of 1: 002_notes\n"
    seen = host.seen()
    assert seen.database
    assert seen.database.revisions == ("001_users", "002_notes")
    assert (pending.names(TARGET, seen), list(blocked(TARGET, seen))) == ((), [])
    assert not migrate.decide(TARGET, seen).needed
    assert {"users", "notes", "tags"} <= set(tables(host))

    way = down(seen, before[TARGET.release or ""])
    assert way.steps == ("002_notes",)
    back = Target(APP, TARGET.values, COMMIT, Rollback(seen.releases[TARGET.release or ""], way))
    host.shell.run(rollback.downgrade_script(back, Location(SQLITE, FILE), MANIFEST))
    assert host.sql("SELECT id, done FROM toy_steps") == [("001_users", 1)]
    assert "notes" not in tables(host)


def down(seen: Snapshot, release: Release) -> Method:
    """Return the way down to a release that is beside the one that serves."""
    older = replace(release, name="20260101T000000Z-old", committed="2026-01-01")
    both = replace(seen, releases={**seen.releases, older.name: older}, current=TARGET.release)
    return next(way for way in methods(APP, both, older) if way.name == DOWNGRADE)


def test_it_waits_before_each_step_of_a_rehearsal(host: Host) -> None:
    host.step("002_notes", NOTES + BACK)
    script = rehearse.rehearsal_script(TARGET, host.seen(), Location(SQLITE, FILE))
    pipe, path = subprocess.PIPE, f"{host.shell.programs}:{os.environ['PATH']}"
    command = ["bash", "-c", host.shell.moved(script), "rehearse", "m4rk"]
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, bufsize=1, env={"PATH": path}
    ) as child:
        assert child.stdin
        assert child.stdout
        for name, before in (("001_users", []), ("002_notes", ["users"])):
            assert child.stdout.readline() == f"@@step m4rk {name}\n"
            assert tables(host) == ["toy_steps", *before]
            child.stdin.write("\n")
    assert child.returncode == 0
    assert {"notes", "tags"} <= set(tables(host))


def test_a_step_that_was_edited_is_seen_and_nothing_is_released(host: Host) -> None:
    host.migrate("")

    host.step("001_users", USERS.replace("name", "nick"))

    (said,) = blocked(TARGET, host.seen())
    assert "001_users is edited: it was applied, and says something else since" in said


def test_a_step_that_failed_says_why_and_one_that_was_cut_short_that_it_is_half(
    host: Host,
) -> None:
    host.migrate("")
    host.step("002_notes", f"{NOTES}+ CREATE TABLE users (name text)\n{BACK}")

    assert "migration 002_notes failed" in host.fail()

    (failed,) = blocked(TARGET, host.seen())
    assert "002_notes is failed: table users already exists" in failed
    host.sql("UPDATE toy_steps SET said = NULL")
    (half,) = blocked(TARGET, host.seen())
    assert "002_notes is half-applied: it was begun, and no end of it is noted" in half
    # what was half done is no state to take anything back from
    release = replace(
        host.seen().releases[TARGET.release or ""], migrations=(Migration("001_users"),)
    )
    assert down(host.seen(), release).problem


@pytest.mark.parametrize(
    ("rows", "step", "state"),
    [
        (("001", "003"), "002", State.BLOCKED),
        (("001", "002", "002_gone"), "002_gone", State.DRIFTED),
        (("001", "002", "003", "004"), "004", State.UNKNOWN),
        (("001",), "002", State.PENDING),
        (("001",), "001", State.APPLIED),
    ],
)
def test_each_step_is_judged(rows: tuple[str, ...], step: str, state: State) -> None:
    found = StepsEngine(Steps()).judge(LONG, [Row(name) for name in rows])

    assert {one.step: one.state for one in found.steps}[step] == state
    refused = [one.step for one in found.refused]
    assert refused == ([step] if state in (State.BLOCKED, State.DRIFTED) else [])


def test_an_app_without_it_is_asked_for_what_it_notes_too() -> None:
    assert StepsEngine.table in migrations.tables(world.HELLO)
    assert migrations.tables(APP) == (StepsEngine.table,)
    assert "toy_steps" not in probe.question(world.target()).migration_tables


def test_what_is_declared_without_an_engine_is_an_error() -> None:
    class Other(Migrations):
        """Nobody's."""

    app = APP.model_copy(update={"migrations": Other()})
    with pytest.raises(SettingsError, match="migrations by Other: no such migration engine;"):
        migrations.of(app)


def test_it_needs_a_database_and_no_python() -> None:
    with pytest.raises(ValidationError, match="migrations by Steps need database="):
        App(name="hello", migrations=Steps(), processes=APP.processes)
    with pytest.raises(ValidationError, match=r"expected Alembic\(...\) or Django\(...\)"):
        App(name="hello", migrations={"folder": "steps"}, processes=APP.processes)  # type: ignore[arg-type]


def test_rows_say_more_than_names() -> None:
    found = Database("/db", ("001",), None, noted=(Row("001", "c"), Row("002", "d", False)))

    assert found.rows == (Row("001", "c"), Row("002", "d", False))
