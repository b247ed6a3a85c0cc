"""Which one-time commands wait, which ones a person has to judge, and what is run."""

import json
import re
import shlex
from dataclasses import replace
from typing import Any

import pytest

from changeover.plans import once
from changeover.plans.maintenance import BY_HAND
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target
from tests.unit.plans.world import DEMANDING, HELLO, V3, serving, target, with_release

WELL = target(DEMANDING)
NEXT = target(DEMANDING, V3)
ABOUT = {"operator": "ann", "controller": "laptop"}


def served(wanted: Target = WELL, **outcomes: str) -> Snapshot:
    """Return the host that serves the target, with what is known of each command."""
    known = {
        name: {"outcome": outcome, "began": "yesterday", "ended": "today"}
        for name, outcome in outcomes.items()
    }
    return replace(with_release(serving(WELL), wanted), once=known, current=wanted.release)


def commands(wanted: Target, snapshot: Snapshot) -> list[Any]:
    """Return what the host program is asked to run."""
    (found,) = re.findall(r"(?m)^asked=(.*)$", once.run_script(wanted, snapshot, ABOUT))
    asked = json.loads(shlex.split(found)[0])
    assert asked["about"] == {**ABOUT, "to": {"release": wanted.release}}
    return list(asked["commands"])


def test_what_has_not_run_waits() -> None:
    decision = once.decide(WELL, served(), "")

    assert decision.needed
    assert decision.why == "once: greet"
    assert once.problems(WELL, served()) == []


def test_what_is_done_is_done_for_ever() -> None:
    decision = once.decide(WELL, served(greet="done"), "")

    assert not decision.needed
    assert "all that runs once has run (not what is so since 0002" in decision.why


def test_what_a_new_migration_brings_is_run_with_it() -> None:
    snapshot = served(NEXT, greet="done")

    assert once.decide(NEXT, snapshot, "").needed
    assert [one["name"] for one in commands(NEXT, snapshot)] == ["thank"]


def test_it_is_run_in_the_release_and_rehearsed_first() -> None:
    (found,) = commands(WELL, served())

    program = f"{WELL.release_path}/.venv/bin/greet"
    assert found["words"] == [program, "--all"]
    assert found["rehearse"] == [program, "--dry-run"]


def test_only_the_first_host_runs_it() -> None:
    decision = once.decide(WELL, served(), "web-1")

    assert not decision.needed
    assert decision.why.startswith("web-1, the first of the app's hosts")


def test_it_waits_for_an_open_site() -> None:
    closed = replace(served(), maintenance=BY_HAND)

    assert not once.decide(WELL, closed, "").needed
    # shown before the release: the release will open what it closes
    assert once.decide(NEXT, replace(closed, current="other"), "").needed


def test_an_app_without_any_has_nothing_to_run() -> None:
    assert not once.decide(target(HELLO), serving(target(HELLO)), "").needed


@pytest.mark.parametrize(
    ("outcome", "says"),
    [("began", "unknown: it began on yesterday"), ("failed", "it failed on today; look")],
)
def test_what_did_not_come_to_its_end_is_for_a_person(outcome: str, says: str) -> None:
    snapshot = served(greet=outcome)

    assert once.decide(WELL, snapshot, "").needed
    (problem,) = once.problems(WELL, snapshot)
    assert says in problem
    assert "--data playmaker_once=again:greet or done:greet" in problem


@pytest.mark.parametrize("word", ["again", "done"])
@pytest.mark.parametrize("outcome", ["began", "failed"])
def test_a_persons_word_settles_it(word: str, outcome: str) -> None:
    wanted = target(DEMANDING, once=f"{word}:greet")
    snapshot = served(greet=outcome)

    assert once.decide(wanted, snapshot, "").needed
    assert once.problems(wanted, snapshot) == []
    script = once.run_script(wanted, snapshot, ABOUT)
    assert f'"{word}": "greet"' in script


def test_what_is_done_can_be_wanted_again_and_not_be_done_again() -> None:
    assert once.decide(target(DEMANDING, once="again:greet"), served(greet="done"), "").needed
    assert not once.decide(target(DEMANDING, once="done:greet"), served(greet="done"), "").needed


def test_a_word_about_one_says_nothing_of_another() -> None:
    wanted = target(DEMANDING, V3, once="done:greet")

    (problem,) = once.problems(wanted, served(NEXT, greet="failed", thank="began"))

    assert "once thank: unknown" in problem


def test_a_misspelt_name_is_refused() -> None:
    wanted = target(DEMANDING, once="again:gret")

    assert once.decide(wanted, served(greet="done"), "").needed
    (problem,) = once.problems(wanted, served(greet="done"))
    assert problem == "playmaker_once: gret is not declared in once=; what is: greet, thank"
