"""A run that fails ends with the reason alone, through pyinfra's own command line."""

from pathlib import Path

import pytest

from tests.unit.fleet import Fleet
from tests.unit.plans.world import fresh, serving
from tests.unit.test_smoke import run

SAYS = "the user's login shell does not come to the command: it says: \"no\"; look at what's read"


@pytest.mark.parametrize("deploy", ["hello", "release", "provision"])
def test_a_login_shell_that_is_refused_is_one_line(tmp_path: Path, deploy: str) -> None:
    fleet = Fleet(tmp_path)
    fleet.host("greet", {"hello": serving(fleet.target("hello"))}, shell_says=SAYS)

    done = run(fleet, deploy)  # has no traceback, or it fails

    assert done.code == 1
    assert done.executed == []
    red = [line.strip() for line in done.text.splitlines() if "@fake" in line or "rror" in line]
    told = [line for line in red if "Connected" not in line and "Ready" not in line]
    assert told == [f"[@fake/greet] {SAYS}", "--> pyinfra error: No hosts remaining!"]


def test_a_fact_that_fails_on_one_of_two_hosts_is_told_so_too(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    well = serving(fleet.target("hello"))
    fleet.host("greet", {"hello": well})
    fleet.host("lost", {"hello": well}, shell_says=SAYS)

    done = run(fleet, "release")

    assert done.code == 1
    assert f"[@fake/lost]  {SAYS}" in done.text
    assert "AppSnapshot" not in done.text
    assert "LoginShellError" not in done.text


def test_a_step_that_fails_says_where_its_reason_is(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    fleet.host("greet", {"hello": fresh()}, hello_ref="no-such-branch")

    done = run(fleet, "hello")

    assert done.code == 1
    assert "no-such-branch" in done.text
    assert "executed" not in done.text
    assert "[@fake/greet] Error: the reason is above" in done.text


def test_status_tells_what_it_knows_of_a_host_that_does_not_answer(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    fleet.host("greet", {"hello": fresh()}, shell_says=SAYS)

    done = run(fleet, "status")

    assert done.code == 1
    assert f"[@fake/greet] {SAYS}" in done.text
    assert "could not load fact" not in done.text


def test_the_phase_that_failed_has_its_seconds(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    fleet.host("greet", {"hello": fresh()}, hello_ref="no-such-branch")

    done = run(fleet, "hello")

    _, _, times = done.text.partition("--> Seconds per phase:\n")
    (line,) = [line for line in times.splitlines() if line.endswith("(stopped here)")]
    assert line.split()[:2] == ["Preflight", "look"]
