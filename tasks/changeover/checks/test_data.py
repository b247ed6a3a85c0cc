"""The data is as the deploy file expects it."""

import pytest

from changeover.checks.carriers import Carrier
from changeover.checks.sql import look


def test_the_data_is_as_expected(carrier: Carrier) -> None:
    if not carrier.app.expectations:
        pytest.skip("the deploy file expects nothing of the data")
    seen = look(carrier)
    assert not seen.problem, seen.problem
    if not seen.held_to:
        pytest.skip("all that is expected belongs to migrations that the database does not have")
    assert not seen.failures, "\n".join(("not as expected:", *seen.failures))
