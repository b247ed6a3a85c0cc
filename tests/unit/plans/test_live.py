"""Who releases an app: the controller and the host say it in the same words."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from changeover.host.changeover import words
from changeover.host.changeover.hold import describe as said_by_host
from changeover.host.changeover.journal import Journal
from changeover.plans import live, maintenance, preflight, prune
from changeover.plans.snapshot import Snapshot
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import NOW, WANTED, serving, target

ABOUT = {"id": "playmaker-1", "operator": "alice", "controller": "laptop", "began": NOW}
OPEN = {**ABOUT, "phase": "build"}
HELD = {**words.release("playmaker", ABOUT), "pid": 1}
LIVE = replace(serving(target()), open_changeover=OPEN, held=HELD)
LEFT = replace(LIVE, held=None)
UNDOING = replace(LIVE, held=words.undo("playmaker", ABOUT, "the guard"))


def test_the_words_are_the_hosts(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.open(ABOUT)
    (journal.undo / "events").write_text(json.dumps({"at": 1, "phase": "build"}) + "\n")

    assert live.describe("playmaker", LIVE) == said_by_host(journal, "playmaker", HELD)


def test_a_holder_that_just_begins_or_ends_is_named_too(tmp_path: Path) -> None:
    begun = replace(LIVE, open_changeover=None)

    said = live.describe("playmaker", begun)

    assert said == said_by_host(Journal(tmp_path), "playmaker", HELD)
    assert said.startswith("playmaker is being released by alice from laptop since 2026-")
    assert "now in phase begin: wait for it" in said


@pytest.mark.parametrize("held", [{}, {"pid": 7}, {"what": "release", "pid": 7}])
def test_nobody_and_somewhere_are_never_named(held: dict[str, object]) -> None:
    seen = replace(LIVE, open_changeover=None, held=held)
    for said in (live.describe("playmaker", seen), live.describe_holder("playmaker", seen)):
        assert "somebody" not in said
        assert "somewhere" not in said


def test_preflight_refuses_while_somebody_releases() -> None:
    url = WANTED["DATABASE_URL"]

    (line,) = preflight.problems(target(), LIVE, now=NOW, database_url=url)

    assert line.startswith("playmaker is being released by alice from laptop since 2026-01-04 ")
    assert line.endswith("deploys/undo.py --data changeover_break=playmaker-1")
    assert preflight.problems(target(), LEFT, now=NOW, database_url=url) == []


def test_an_undo_that_does_not_end_is_a_problem_of_its_own() -> None:
    url = WANTED["DATABASE_URL"]

    (line,) = preflight.problems(target(), UNDOING, now=NOW, database_url=url)

    assert line.startswith(
        "playmaker: the undo of the release of playmaker by alice from laptop since 2026-01-04 "
    )
    assert "by the guard since " in line
    assert "still works after 7200 s" in line


@pytest.mark.parametrize(
    ("snapshot", "says"),
    [
        (LIVE, "is being released by alice"),
        (LEFT, "playmaker-1 was interrupted and is not undone yet"),
        (UNDOING, "playmaker-1 was interrupted and is not undone yet"),
        (serving(target()), ""),
    ],
)
def test_a_person_neither_opens_nor_closes_a_site_over_an_open_changeover(
    snapshot: Snapshot, says: str
) -> None:
    said = maintenance.refusal(target(), snapshot)

    assert says in said
    assert bool(said) == bool(says)


def test_the_script_itself_does_not_open_a_site_over_an_open_journal(shell: Shell) -> None:
    flag = shell.write(target().paths.maintenance, "by a release\n")
    shell.write(f"{target().paths.state}/undo.d/about.json", "{}")

    by_hand = shell.try_(maintenance.open_script(target(), maintenance.BY_HAND))

    assert by_hand.returncode == 1
    assert "an interrupted changeover is not undone yet" in by_hand.stderr
    assert flag.exists()
    shell.run(maintenance.open_script(target()))
    assert not flag.exists()


def test_prune_leaves_a_host_alone_on_which_somebody_else_releases() -> None:
    unfinished = replace(LIVE, unfinished=(".x.new",))

    assert not prune.decide(target(), unfinished).needed
    assert prune.decide(target(), replace(unfinished, held=None)).needed
