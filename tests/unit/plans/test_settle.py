"""The end of an undo is patient, however little time the release was given."""

import pytest

from tasks.plans.settle import settle_script
from tests.unit.plans.world import V3, serving, target


@pytest.mark.parametrize(("given", "deadline"), [(5, 60), (300, 300)])
def test_the_old_release_has_time_to_start(given: int, deadline: int) -> None:
    wished = target(commit=V3, health_timeout_seconds=given)

    assert f"deadline={deadline}\n" in settle_script(wished, serving(target()))
