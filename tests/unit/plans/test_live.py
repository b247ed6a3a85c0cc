"""Who releases an app: the controller and the host say it in the same words."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.host.changeover_hold import describe as said_by_host
from tasks.host.changeover_journal import Journal
from tasks.plans import live, maintenance, preflight, prune
from tasks.plans.snapshot import Snapshot
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import NOW, WANTED, serving, target

ABOUT = {"id": "playmaker-1", "operator": "alice", "controller": "laptop", "began": NOW}
OPEN = {**ABOUT, "phase": "build"}
LIVE = replace(serving(target()), open_changeover=OPEN, held={"what": "release", "pid": 1})
LEFT = replace(LIVE, held=None)
UNDOING = replace(LIVE, held={"what": "undo", "pid": 1})


def test_the_words_are_the_hosts(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.open(ABOUT)
    (journal.undo / "events").write_text(json.dumps({"at": 1, "phase": "build"}) + "\n")

    assert live.describe("playmaker", LIVE) == said_by_host(journal, "playmaker")


def test_a_holder_that_just_begins_is_described_too(tmp_path: Path) -> None:
    begun = replace(LIVE, open_changeover=None)

    said = live.describe("playmaker", begun)

    assert (
        said.split(" since ")[0] == said_by_host(Journal(tmp_path), "playmaker").split(" since ")[0]
    )
    assert "now in phase begin: wait for it" in said


def test_preflight_refuses_while_somebody_releases() -> None:
    url = WANTED["DATABASE_URL"]

    (line,) = preflight.problems(target(), LIVE, now=NOW, database_url=url)

    assert line.startswith("playmaker is being released by alice from laptop since 2026-01-04 ")
    assert line.endswith("deploys/undo.py --data changeover_break=playmaker-1")
    for other in (LEFT, UNDOING):
        assert preflight.problems(target(), other, now=NOW, database_url=url) == []


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
