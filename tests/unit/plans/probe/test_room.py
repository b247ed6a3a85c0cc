"""What the probe finds of room, of migrations, of what was set aside, of an open changeover."""

import fcntl
import json
import os
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from changeover.plans.probe import files, probe_script
from changeover.plans.probe_answer import parse_snapshot
from changeover.plans.snapshot import Snapshot
from changeover.plans.status import StatusAnswer, report
from tests.unit.plans.probe.test_probe import PATHS, QUESTION, answered
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import target


@pytest.fixture(autouse=True)
def quiet(shell: Shell) -> None:
    for name in ("systemctl", "nginx", "dpkg-query"):
        shell.stub(name, "exit 1")


def probed(shell: Shell) -> Snapshot:
    return parse_snapshot(answered(shell, QUESTION).splitlines())


def test_sizes_are_those_noted_and_counted_only_where_none_is(shell: Shell) -> None:
    shell.write(f"{PATHS.releases}/r1/.changeover/kilobytes", "111\n")
    shell.write(f"{PATHS.releases}/r2/file", "x" * 50_000)
    shell.write(f"{PATHS.environments}/python-1/.complete", "222\n")
    shell.write(f"{PATHS.environments}/python-2/file", "x" * 50_000)
    shell.write(f"{PATHS.builds}/build-1/.complete", "")
    shell.write(f"{PATHS.builds}/build-1/output/file", "x" * 50_000)
    shell.write(f"{PATHS.backups}/b1.sqlite.zst", "x" * 50_000)
    shell.stub("du", f'echo "$*" >> {shell.programs}/du.said; PATH=${{PATH#*:}} exec du "$@"')

    found = probed(shell).sizes

    counted = (shell.programs / "du.said").read_text().split()
    assert counted == [
        word
        for folder in (f"{PATHS.releases}/r2/", f"{PATHS.builds}/build-1/")
        for word in ("-sk", shell.moved(folder))
    ]
    sizes = {path.removeprefix(str(shell.root)): size for path, size in found.items()}
    assert sizes[f"{PATHS.releases}/r1"] == 111
    assert sizes[f"{PATHS.environments}/python-1"] == 222
    assert f"{PATHS.environments}/python-2" not in sizes, "never became complete"
    for path in (f"{PATHS.releases}/r2", f"{PATHS.builds}/build-1"):
        assert 48 <= sizes[path] <= 70
    assert 48 <= sizes[f"{PATHS.backups}/b1.sqlite.zst"] <= 60


def test_what_the_mirror_keeps_beside_its_own_is_counted(shell: Shell) -> None:
    shell.write(f"{PATHS.mirror}/objects/pack", "x" * 90_000)
    shell.write(f"{PATHS.large}/lfs/objects/file", "x" * 50_000)

    found = probed(shell).sizes

    sizes = {path.removeprefix(str(shell.root)): size for path, size in found.items()}
    assert 48 <= sizes.pop(PATHS.large) <= 70
    assert sizes == {}


def test_what_was_set_aside_is_found_with_the_time_of_its_renaming(shell: Shell) -> None:
    shell.write(PATHS.env_file, "DATABASE_URL=sqlite:///data.db\n")
    shell.write(f"{PATHS.shared}/data.db.before")
    for suffix in ("undone-r1", "undone-r1-wal", "replaced-20260101T000000Z"):
        file = shell.write(f"{PATHS.shared}/data.db.{suffix}")
        os.utime(file, (1, 1))  # when it was last written says nothing
    for at in (2, 1):
        shell.write(f"{PATHS.state}/environments/2026010{at}T000000Z.env")

    found = probed(shell)

    names = {Path(one.path).name for one in found.aside}
    assert names == {"data.db.undone-r1", "data.db.undone-r1-wal"} | {
        "data.db.replaced-20260101T000000Z"
    }
    assert all(abs(one.since - time.time()) < 60 for one in found.aside)
    assert [Path(path).name[:8] for path in found.kept_environments] == ["20260101", "20260102"]


def test_a_name_with_a_line_break_names_nothing_else(shell: Shell) -> None:
    shell.write(PATHS.env_file, "DATABASE_URL=sqlite:///data.db\n")
    # scripts work in /: a line of its own would name /etc
    for name in ("x.changeover.\netc", "data.db.undone-\naside 1.0 1 etc", "data.db"):
        shell.write(f"{PATHS.shared}/{name}")

    found = probed(shell)

    assert found.leftovers == ()
    assert found.aside == ()


def test_an_open_changeover_is_found_with_its_phase_whoever_holds_it(shell: Shell) -> None:
    about = {"id": "c1", "operator": "alice", "settle": "a secret script"}
    shell.write(f"{PATHS.state}/undo.d/about.json", json.dumps(about))
    events = [{"at": 1, "phase": "fetch"}, {"at": 2, "phase": "build"}, {"at": 3, "event": "x"}]
    lines = "".join(f"{json.dumps(event)}\n" for event in events)
    shell.write(f"{PATHS.state}/undo.d/events", lines)

    found = probed(shell).open_changeover

    stands = {"id": "c1", "operator": "alice", "phase": "build"}
    assert found == {**stands, "committed": False, "stuck": False}
    shell.write(f"{PATHS.state}/stuck", "why")
    shell.write(f"{PATHS.state}/undo.d/about.json", "dam")
    shell.write(f"{PATHS.state}/undo.d/events", "aged")
    assert probed(shell).open_changeover == {"committed": False, "stuck": True}


def test_the_holder_of_the_lock_is_found_and_not_waited_for(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lock = tmp_path / "lock"
    monkeypatch.setattr("changeover.plans.paths.Paths.lock", str(lock))
    about = {"what": "release", "pid": os.getpid()}
    lock.write_text(json.dumps(about))
    os.utime(lock, (1_700_000_000, 1_700_000_000))

    free = probed(shell)
    assert (free.held, free.stamp) == (None, f"{lock.stat().st_mtime_ns / 10**9:.0f}.000000000")
    with lock.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        held = probed(shell)  # it ends, though nobody lets go of the lock
        assert (held.held, held.stamp) == (about, "")


def test_what_a_dead_holder_left_says_nothing_of_the_next_one(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lock = tmp_path / "lock"
    monkeypatch.setattr("changeover.plans.paths.Paths.lock", str(lock))
    lock.write_text('{"what": "release", "pid": 99999999}')

    with lock.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert probed(shell).held == {}


def test_djangos_migrations_are_read_by_app_and_name(shell: Shell) -> None:
    with sqlite3.connect(shell.write(f"{PATHS.shared}/playmaker.db")) as connection:
        connection.execute("create table django_migrations (id, app, name, applied)")
        rows = [(1, "b", "0001", "t"), (2, "a", "0001_initial", "t")]
        connection.executemany("insert into django_migrations values (?, ?, ?, ?)", rows)
    connection.close()
    shell.write(PATHS.env_file, "DATABASE_URL=sqlite:///playmaker.db\n")

    of_all = replace(QUESTION, migration_tables="")
    found = parse_snapshot(shell.probe(probe_script(of_all)).splitlines()).database

    assert found
    assert found.revisions == ("a.0001_initial", "b.0001")


def test_an_app_that_leaves_names_without_end_makes_no_endless_answer(shell: Shell) -> None:
    shared = shell / PATHS.shared
    shared.mkdir(parents=True)
    for number in range(1500):
        (shared / f"x.changeover.{number}").touch()

    found = probed(shell)

    assert len(found.leftovers) == 1000
    assert found.crowded == (str(shared),)


def test_of_a_folder_without_end_so_much_is_looked_at_and_no_more(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A million files of an app's cost neither memory nor time; it is told."""
    for number in range(30):
        shell.write(f"{PATHS.shared}/{number}")
    for place in (PATHS.state, "/etc/systemd/system"):
        shell.write(f"{place}/playmaker.x.changeover.1")
    less = {
        path: text.replace("_LOOKED = 100_000", "_LOOKED = 20") for path, text in files().items()
    }
    monkeypatch.setattr("tests.unit.plans.shell.files", lambda: less)

    found = probed(shell)

    assert found.crowded == (str(shell / PATHS.shared),)
    assert {Path(path).parent for path in found.leftovers} == {
        shell / PATHS.state,
        shell / "/etc/systemd/system",
    }
    problems = report(target(), StatusAnswer(found), "")["problems"]
    assert [line for line in problems if line.startswith(f"{shell / PATHS.shared}: holds more")]
