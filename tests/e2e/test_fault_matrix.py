"""A sample of the fault matrix, and of it what CI plays. The whole: tests/e2e/matrix."""

import shlex
import subprocess

import pytest

from changeover.lab import Lab
from tests.e2e import releases
from tests.e2e.matrix.cell import Cell, Verdict
from tests.e2e.matrix.faults import FAULTS, SILENCE
from tests.e2e.matrix.flavours import FLAVOURS, POSTGRES
from tests.e2e.matrix.play import cells, is_often, play, sample
from tests.e2e.matrix.table import CI, page
from tests.e2e.matrix.updates import BEGIN, CODE, COMMIT, UPDATES

HOSTS = 3
SAMPLE = list(sample())
OFTEN = [cell for cell in SAMPLE if is_often(cell)]


def test_each_time_every_fault_strikes_and_on_each_kind_of_database_one_of_them() -> None:
    assert {cell.fault for cell in OFTEN} == {fault.name for fault in FAULTS}
    assert {cell.parts()[0].flavour.name for cell in OFTEN} == {one.name for one in FLAVOURS}


def test_the_sample_has_every_step() -> None:
    steps = {moment for update in UPDATES for moment in update.moments}
    assert {cell.moment for cell in SAMPLE} == steps
    assert set(SAMPLE) <= set(cells())
    assert len(set(SAMPLE)) == len(SAMPLE)


@pytest.mark.lab
def test_the_environment_of_a_flavour_replaces_what_the_lab_says(lab: Lab) -> None:
    said = POSTGRES.settings("v2", {"MORE": "it's %d"})
    command = shlex.split(said[f"{POSTGRES.app}_env_command"])
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        cwd=releases.ROOT,
        env=releases.environment(lab),
    )
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("DATABASE_URL=")] == [
        f"DATABASE_URL={POSTGRES.environment['DATABASE_URL']}"
    ]
    assert "MORE=it's %d" in lines
    assert any(line.startswith("SECRET_KEY=") for line in lines)
    assert said[f"{POSTGRES.app}_ref"] == "v2"


def test_the_page_tells_what_was_lost_and_what_was_not_run() -> None:
    well = Verdict(Cell(CODE.name, BEGIN, FAULTS[1].name), [], 1.24)
    bad = Verdict(Cell(CODE.name, COMMIT, FAULTS[2].name), ["a write was lost"], 3)
    rows = page([well, bad]).split(f"## {CODE.name}\n")[1].split("##")[0].splitlines()
    assert f"| {BEGIN} | — | pass 1.2 | not run | not run | not run |" in rows
    assert f"| {COMMIT} | — | not run | **lost** | not run | not run |" in rows
    assert "- a write was lost" in page([well, bad]).splitlines()
    assert f"after {SILENCE} s here" in page([])
    titles = [line for line in page([]).splitlines() if line.startswith("## ")]
    played = [line for line in page([]).splitlines() if CI in line and line.startswith("| ")]
    assert sum(line.count(CI) for line in played) == len(OFTEN)
    assert titles == [f"## {flavour.title}" for flavour in FLAVOURS]


@pytest.fixture(scope="module")
def verdicts(request: pytest.FixtureRequest, lab: Lab) -> dict[Cell, Verdict]:
    """Play all the chosen cells, some at a time, each on a host of its own."""
    items = [getattr(item, "callspec", None) for item in request.session.items]
    params = [callspec.params.get("cell") for callspec in items if callspec]
    chosen = [cell for cell in params if isinstance(cell, Cell)]
    return {verdict.cell: verdict for verdict in play(lab, chosen, HOSTS)}


@pytest.mark.lab
@pytest.mark.parametrize(
    "cell",
    [pytest.param(cell, marks=[] if is_often(cell) else pytest.mark.slow) for cell in SAMPLE],
    ids=lambda cell: f"{cell.moment}-{cell.fault}",
)
def test_nothing_is_lost(cell: Cell, verdicts: dict[Cell, Verdict]) -> None:
    verdict = verdicts[cell]
    assert verdict.problems == [], verdict.output
