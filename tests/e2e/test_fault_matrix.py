"""A sample of the fault matrix: every fault, every kind of step. The whole: tests/e2e/matrix."""

import pytest

from tests.e2e.matrix.cell import Cell, Verdict
from tests.e2e.matrix.faults import FAULTS, SILENCE
from tests.e2e.matrix.play import cells, play, sample
from tests.e2e.matrix.table import page
from tests.e2e.matrix.updates import BEGIN, CODE, COMMIT, UPDATES
from tests.lab import Lab

HOSTS = 3
SAMPLE = list(sample())


def test_the_sample_has_every_fault_and_every_step() -> None:
    assert {cell.fault for cell in SAMPLE} == {fault.name for fault in FAULTS}
    steps = {moment for update in UPDATES for moment in update.moments}
    assert {cell.moment for cell in SAMPLE} == steps
    assert set(SAMPLE) <= set(cells())


def test_the_page_tells_what_was_lost_and_what_was_not_run() -> None:
    well = Verdict(Cell(CODE.name, BEGIN, FAULTS[1].name), [], 1.24)
    bad = Verdict(Cell(CODE.name, COMMIT, FAULTS[2].name), ["a write was lost"], 3)
    rows = page([well, bad]).split(f"## {CODE.name}\n")[1].splitlines()
    assert f"| {BEGIN} | — | pass 1.2 | not run | not run | not run |" in rows
    assert f"| {COMMIT} | — | not run | **lost** | not run | not run |" in rows
    assert "- a write was lost" in rows
    assert f"after {SILENCE} s here" in page([])


@pytest.fixture(scope="module")
def verdicts(request: pytest.FixtureRequest, lab: Lab) -> dict[Cell, Verdict]:
    """Play all the chosen cells, some at a time, each on a host of its own."""
    items = [getattr(item, "callspec", None) for item in request.session.items]
    params = [callspec.params.get("cell") for callspec in items if callspec]
    chosen = [cell for cell in params if isinstance(cell, Cell)]
    return {verdict.cell: verdict for verdict in play(lab, chosen, HOSTS)}


@pytest.mark.lab
@pytest.mark.parametrize("cell", SAMPLE, ids=lambda cell: f"{cell.moment}-{cell.fault}")
def test_nothing_is_lost(cell: Cell, verdicts: dict[Cell, Verdict]) -> None:
    verdict = verdicts[cell]
    assert verdict.problems == [], verdict.output
