import inspect
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

import pytest
from pyinfra.api import State, util

from changeover.run import quick


@pytest.fixture(autouse=True)
def _untouched() -> Iterator[None]:
    """Leave pyinfra and this process as they were."""
    with (
        patch.object(util, "stack", inspect.stack),
        patch.object(util, "getframeinfo", inspect.getframeinfo),
        patch("atexit.register"),
    ):
        yield


def _told() -> tuple[list[int], str]:
    state = SimpleNamespace(current_deploy_filename=__file__, current_op_file_number=0)
    order = util.get_operation_order_from_stack(cast(State, state))
    return order, util.get_call_location(frame_offset=0)


def test_functions_of_another_pyinfra_are_left_alone() -> None:
    other: Any = object()
    with patch.object(util, "stack", other), patch.object(util, "getframeinfo"):
        del util.getframeinfo
        quick.prepare()

        assert util.stack is other
        assert not hasattr(util, "getframeinfo")
        util.getframeinfo = inspect.getframeinfo


def test_operations_keep_their_order_and_their_place_without_a_look_at_sources() -> None:
    found = []
    for quickly in (False, True):
        if quickly:
            quick.prepare()
        with patch("inspect.findsource", side_effect=inspect.findsource) as looked_up:
            found.append(_told())
        assert looked_up.called is not quickly
    before, after = found
    assert before == after
    assert "test_quick.py" in before[1]
