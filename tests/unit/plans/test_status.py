"""The status of an app: what is known, how it is said, and that nothing known is missing."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from changeover.plans.migrations.steps import Migration
from changeover.plans.snapshot import Database, Snapshot
from changeover.plans.status import StatusAnswer, parse_status, report, seconds_since
from changeover.plans.status_text import age, release_lines, rows
from tests.unit.facts.answer import answer
from tests.unit.plans.web import web
from tests.unit.plans.world import DEMANDING, NOW, backup, fresh, serving, target

TARGET = target()
VERSION = "v1"
STARTED = "2026-01-04T04:00:00Z"  # 13 minutes before NOW
RECORD = {
    "id": "c1",
    "kind": "release",
    "operator": "alice",
    "controller": "laptop",
    "to": {"release": "r1"},
    "ended": STARTED,
    "seconds": 21.8,
    "away_seconds": 6.3,
    "outcome": "undone",
    "why": "health.local failed\nmore",
}
PROGRAM: dict[str, Any] = {"version": VERSION, "ledger": [{"id": "c0"}, RECORD], "stuck": None}
ABOUT = {"id": "c2", "operator": "bob", "controller": "desk", "phase": "build"}
OPEN = {**ABOUT, "committed": False, "stuck": False}
HELD = {"what": "release", "since": NOW - 300.5, "pid": 7}


def told(snapshot: Snapshot, **program: Any) -> StatusAnswer:
    return StatusAnswer(snapshot, 4096 * 1024, PROGRAM | program)


def text(snapshot: Snapshot, **program: Any) -> dict[str, str]:
    """Return what is said of an app by label; the ledger's further lines are left out."""
    found = report(TARGET, told(snapshot, **program), VERSION)
    return {label: said for label, said in rows(found) if label}


def test_what_the_host_printed_is_read_back() -> None:
    more = {"total_kilobytes": 4096, "program": json.dumps(PROGRAM), "changed": ""}

    found = parse_status(answer(serving(TARGET), status=more).splitlines())

    assert found == StatusAnswer(serving(TARGET), 4096, PROGRAM)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("", "it is not installed"),
        ("changeover: no such state", "changeover: no such state"),
        ("3", "3"),
    ],
)
def test_a_host_program_that_says_nothing_of_use_is_told(said: str, complaint: str) -> None:
    found = parse_status(answer(fresh(), status={"program": said}).splitlines())

    assert (found.program, found.complaint) == ({}, complaint)
    (problem,) = report(TARGET, found, VERSION)["problems"]
    assert problem == f"the host program: {complaint}; run deploys/provision.py"


def test_what_was_changed_after_its_release_is_named() -> None:
    path = "/srv/playmaker/releases/r1/app/main.py"

    found = parse_status(answer(serving(TARGET), status={"changed": path}).splitlines())

    assert found.changed == path
    assert any(path in one for one in report(TARGET, found, VERSION)["problems"])


def test_an_app_that_is_well_has_no_problem_and_every_line() -> None:
    release = TARGET.release or ""
    point = replace(backup(TARGET), started=STARTED)
    well = replace(serving(TARGET), backups=(point,))
    since = {release: replace(well.releases[release], committed=STARTED)}

    said = text(replace(well, releases=since))

    assert said == {
        "serves": f"{release} for 13 minutes; answers",
        "schema": "0001",
        "backup": f"13 minutes old, verified, of {release} with schema 0001",
        "site": "open",
        "release": "nothing is open",
        "room": "0 MB taken by releases and backups, 0 MB by the database",
        "ledger": "13 minutes ago; release undone; r1; 22 s, 6 s away; alice@laptop;"
        " health.local failed",
    }


@pytest.mark.parametrize(
    ("revisions", "said", "problem"),
    [
        ((), "0001 is pending: the database does not name it", True),
        (("0001", "0009"), "0009 is unknown: the release does not know it", False),
    ],
)
def test_where_a_migration_stands_is_said_and_what_the_release_lacks_is_a_problem(
    revisions: tuple[str, ...], said: str, problem: bool
) -> None:
    well = serving(TARGET)
    assert well.database
    database = replace(well.database, revisions=revisions)
    found = report(TARGET, told(replace(well, database=database)), VERSION)

    assert ("", said) in list(rows(found))
    assert found["problems"] == ([f"the migration {said}"] if problem else [])


def test_after_a_rollback_of_the_code_no_migration_is_missed() -> None:
    """Alembic names the newest revision alone: only who knows it can tell of the one before."""
    well = serving(TARGET)
    assert well.database
    (old,) = well.releases.values()
    first, newer = Migration("0001"), Migration("0002", after=("0001",))
    database = replace(well.database, revisions=("0002",))
    for known, missed in (
        ((first, newer), []),
        (None, []),
        ((Migration("0002"),), ["the migration 0001 is pending: the database does not name it"]),
    ):
        other = replace(old, name="newer", migrations=known)
        host = replace(well, database=database, releases={old.name: old, "newer": other})

        found = report(TARGET, told(host), VERSION)
        assert ("", "0002 is unknown: the release does not know it") in list(rows(found))
        assert found["problems"] == missed


SHUT = Database("shop", (), None, "password authentication failed")


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ({"database": SHUT}, "shop cannot be read; DATABASE_URL is in /srv/playmaker/shared/.env"),
        ({"database_url": None}, "/srv/playmaker/shared/.env has no DATABASE_URL"),
        ({"database_url": None, "env_mode": None}, "there is no /srv/playmaker/shared/.env yet"),
    ],
)
def test_that_nobody_knows_the_database_is_said(host: dict[str, Any], why: str) -> None:
    said = text(replace(serving(TARGET), **({"database": None} | host)))

    assert said["schema"] == f"nobody knows: {why}"
    assert said["backup"] == "none"
    assert said["room"].endswith(", an unknown number of MB by the database")


def test_what_runs_once_is_told_also_when_it_is_no_longer_declared() -> None:
    outcomes = {"greet": "began", "thank": "done", "old": "failed"}
    known = {
        name: {"outcome": outcome, "began": STARTED, "ended": STARTED}
        for name, outcome in outcomes.items()
    }
    wanted = target(DEMANDING)

    never, ended = (
        [line for _, line in rows(report(wanted, told(found), VERSION))]
        for found in (serving(wanted), replace(serving(wanted), once=known))
    )

    assert [line for line in never if "has not run" in line] == [
        "greet: has not run yet",
        "thank: has not run yet",
    ]
    for line in (
        "greet: BEGAN 13 minutes ago; runs still, or UNKNOWN how far it came",
        "thank: done 13 minutes ago",
        "old: FAILED 13 minutes ago",
    ):
        assert line in ended


def test_a_fresh_host_has_nothing_yet() -> None:
    said = text(fresh())

    assert said["serves"] == "nothing was released yet"
    assert said["backup"] == "nothing to back up"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: web(s, active=False), "the app does not run"),
        (lambda s: web(s, release="old"), "old runs, but "),
        (lambda s: replace(s, unreadable=("/b/1.json",)), "/b/1.json cannot be read"),
    ],
)
def test_what_is_wrong_is_a_problem(change: Callable[[Snapshot], Snapshot], says: str) -> None:
    assert says in text(change(serving(TARGET)))["PROBLEM"]


def test_another_version_of_the_host_program_is_a_problem_and_still_read() -> None:
    said = text(serving(TARGET), version="v0")

    assert said["PROBLEM"] == "the host program is of another version; run deploys/provision.py"
    assert "alice@laptop" in said["ledger"]


def lines(program: dict[str, Any], **changes: Any) -> str:
    snapshot = replace(serving(TARGET), **changes)
    return "\n".join(release_lines(report(TARGET, told(snapshot, **program), VERSION)))


def test_who_releases_is_told_with_what_to_do() -> None:
    assert lines({}, open_changeover=OPEN, held=HELD) == (
        "bob@desk releases it for 5 minutes, in phase build.\n"
        "Wait, or break it: deploys/undo.py --data changeover_break=c2"
    )


def test_an_undo_that_goes_on_a_script_and_nothing_are_told_apart() -> None:
    undoing = {"what": "undo", "since": NOW - 5, "said": "the undo of it since then"}

    assert lines({}, open_changeover=OPEN, held=undoing) == (
        "Changeover c2 is being undone at this moment: the undo of it since then."
    )
    forward = OPEN | {"committed": True}
    assert "completed" in lines({}, open_changeover=forward, held=undoing)
    app = target().app.name
    assert lines({}, held={}) == f"At work: a script that works on {app}."
    assert lines({}, held=undoing) == "At work: the undo of it since then."
    assert lines({}) == "nothing is open"


def test_what_was_interrupted_is_left_to_the_host_unless_it_is_stuck() -> None:
    left = lines({}, open_changeover=OPEN)
    stuck = lines(
        {"stuck": "the undo of x failed\nmend it, then call"},
        open_changeover=OPEN | {"stuck": True},
    )
    damaged = lines({"open": {"problem": "entry 1 is damaged"}}, open_changeover=OPEN)

    begins = "Changeover c2 of bob@desk was interrupted"
    assert left.startswith(f"{begins}. The host undoes it by itself")
    assert stuck.splitlines() == [
        f"{begins}; it is stuck: it cannot be undone.",
        "the undo of x failed",
        "Then: deploys/undo.py --data undo=again",
    ]
    assert "Its journal is damaged: entry 1 is damaged" in damaged


def test_a_report_is_plain_json_and_holds_no_script() -> None:
    snapshot = replace(serving(TARGET), open_changeover=OPEN, held=HELD)

    found = report(TARGET, told(snapshot, open={**OPEN, "steps": ["001-x"]}), VERSION)

    assert json.loads(json.dumps(found)) == found
    assert found["open"]["steps"] == ["001-x"]
    assert found["hold"]["id"] == "c2"
    assert [record["id"] for record in found["ledger"]] == ["c1", "c0"], "the newest first"
    assert found["disk"]["free_megabytes"] == 19531


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "an unknown time"),
        (0, "a moment"),
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (7199, "1 hour"),
        (7200, "2 hours"),
        (86400 * 3, "3 days"),
    ],
)
def test_ages_are_in_their_largest_unit(seconds: int | None, said: str) -> None:
    assert age(seconds) == said


def test_a_moment_of_the_future_or_of_no_form_is_no_age() -> None:
    assert seconds_since("2026-01-04T05:00:00Z", NOW) == 0
    assert seconds_since("yesterday", NOW) is None
    assert seconds_since(None, NOW) is None


def test_an_app_that_was_never_released_is_no_problem_and_one_whose_state_is_gone_is() -> None:
    said = "/var/lib/changeover/playmaker is missing: this host carries no app playmaker"
    never, gone = (
        StatusAnswer(snapshot=one, total_kilobytes=1, program={}, complaint=said, changed="")
        for one in (fresh(), serving(target()))
    )

    assert report(target(), never, "1")["problems"] == []
    assert report(target(), gone, "1")["problems"] == [
        f"the host program: {said}; run deploys/provision.py"
    ]
