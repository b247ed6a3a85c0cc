"""The snapshot as a fact: parsed, or an error of this host alone."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pyinfra.api.exceptions import FactProcessError

from changeover.facts.snapshot import AppSnapshot
from changeover.host.probe.parts import FAILED, NEEDS_ROOT
from changeover.plans.probe import Question
from changeover.plans.snapshot import Snapshot
from tests.unit.facts.answer import answer, parts
from tests.unit.plans.world import HELLO, PLAYMAKER, fresh, serving, target

ANSWERS = Path(__file__).parent / "answers"
QUESTION = Question("hello", ("git",), "hello.example", "/api/health", "URL", (), "")


def process(lines: list[str]) -> Snapshot | None:
    return AppSnapshot().process(lines)


@pytest.mark.parametrize("name", ["fresh", "v2", "v3", "hello"])
def test_an_answer_becomes_a_snapshot(name: str) -> None:
    found = process((ANSWERS / f"{name}.json").read_text().splitlines())

    assert found
    assert found.system == "debian 12"


def test_the_probe_is_read_whole_by_the_shell_that_runs_it() -> None:
    fact = AppSnapshot()
    shell = (fact.shell_executable or "sh").split()

    done = subprocess.run([*shell, "-nc", fact.command(QUESTION)], capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")


def test_no_answer_is_not_an_empty_host() -> None:
    assert AppSnapshot.default() is None


@pytest.mark.parametrize(
    "lines",
    [[], ['{"probe": {"host": {"uid": 0'], ['{"probe": null}'], ["bash: command not found"]],
)
def test_an_answer_that_was_cut_short_fails_this_host_alone(lines: list[str]) -> None:
    with pytest.raises(FactProcessError, match=r"the probe's answer makes no sense: .*cut short"):
        process(lines)


def test_a_run_without_root_is_told_what_to_do_and_nothing_else() -> None:
    told = {"site": {FAILED: "OSError: x"}, "backups": {FAILED: NEEDS_ROOT}}

    with pytest.raises(FactProcessError) as refused:
        process([json.dumps({"probe": told})])

    says = "the probe needs root: set _sudo = True (and _sudo_password) for this host"
    assert str(refused.value) == says


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("users", {"root": None}),
        ("files", ["/no-sum"]),
        ("folders", {"/srv": ["root"]}),
        ("code", {"releases": {"r1": {"about": {}, "links": {}}}}),
        ("code", {"releases": {"r1": {"about": [], "links": {}}}}),
        ("code", {"releases": {"r1": {"about": {"commit": "a"}, "links": {}, "migrations": None}}}),
        ("code", {"releases": {"r1": {"about": {"commit": "a"}}}}),
        ("changeover", {"open_changeover": "soon"}),
        ("database", {"database": {}}),
        ("database", {"database": []}),
        ("backups", {"backups": [{}]}),
        ("processes", {"told": ["web active"]}),
        ("health", {"app": {"status": "well", "said": {}}}),
        ("health", {"app": {"status": 200, "said": "well"}}),
        ("host", {"uid": "zero"}),
        ("sizes", {"/srv": "large"}),
        ("stamp", {}),
    ],
)
def test_a_part_that_makes_no_sense_fails_this_host_alone(part: str, told: Any) -> None:
    known = parts(fresh())
    of = known[part] | told if isinstance(known[part], dict) and isinstance(told, dict) else told

    with pytest.raises(FactProcessError, match="the probe's answer makes no sense"):
        process(answer(fresh(), **{part: of}).splitlines())


@pytest.mark.parametrize("part", parts(fresh()))
def test_a_part_that_is_missing_fails_this_host_alone(part: str) -> None:
    known = {name: told for name, told in parts(fresh()).items() if name != part}

    with pytest.raises(FactProcessError, match="the probe's answer makes no sense"):
        process([json.dumps({"probe": known})])


@pytest.mark.parametrize(
    "snapshot",
    [fresh(), serving(target(PLAYMAKER)), serving(target(HELLO))],
    ids=["fresh", "playmaker", "hello"],
)
def test_a_snapshot_comes_back_from_what_is_printed_of_it(snapshot: Snapshot) -> None:
    assert process(answer(snapshot).splitlines()) == snapshot


@pytest.mark.parametrize("name", ["fresh", "v2", "v3", "hello"])
def test_a_real_answer_holds_nothing_that_is_not_read(name: str) -> None:
    real = (ANSWERS / f"{name}.json").read_text().splitlines()
    found = process(real)
    assert found

    assert process(answer(found).splitlines()) == found
