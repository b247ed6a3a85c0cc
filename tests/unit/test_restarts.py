"""What tests under load let a restart do, and what they do not."""

import pytest

from tests.e2e.load import UNANSWERED, Attempt
from tests.e2e.restarts import Restarts

NGINX = '{"error": "unavailable"}'
RESTARTS = Restarts([(10, 11), (20, 21)])


def cut(key: str, at: float, status: int = 502, body: str = NGINX) -> Attempt:
    """Return an attempt that began shortly before it ended so."""
    return Attempt(key, at - 0.1, at, status, body=body)


def test_one_write_of_each_client_at_each_restart_may_be_cut_stored_or_not() -> None:
    strange = [cut(f"busy {client} {at}", at) for client in (0, 1) for at in (10, 20.5)]

    assert RESTARTS.too_much(strange, {"busy 0 10": [7]}) == []


def test_a_client_that_waited_through_one_restart_may_be_cut_by_the_next() -> None:
    waited = Attempt("busy 0 2", 10.6, 20.1, 502, body=NGINX)

    assert RESTARTS.too_much([cut("busy 0 1", 10.5), waited], {}) == []


@pytest.mark.parametrize(
    ("strange", "found", "said"),
    [
        ([cut("a 0 1", 10.2), cut("a 0 2", 10.4)], {}, "a 0: 2 of its writes cut by restart 0"),
        ([cut("a 0 1", 10.2)], {"a 0 1": [1, 2]}, "a 0 1: there twice"),
        ([cut("a 0 1", 15)], {}, "a 0 1: cut by no restart"),
        ([cut("a 0 1", 9)], {}, "a 0 1: cut by no restart"),
        ([cut("a 0 1", 10.2, 500, "oops")], {}, "a 0 1: 500 oops"),
        ([cut("a 0 1", 10.2, 504)], {}, f"a 0 1: 504 {NGINX}"),
        ([cut("a 0 1", 10.2, 502, '{"error": "mine"}')], {}, 'a 0 1: 502 {"error": "mine"}'),
        ([cut("a 0 1", 10.2, UNANSWERED, "reset")], {}, "a 0 1: 0 reset"),
    ],
)
def test_more_than_that_is_said(
    strange: list[Attempt], found: dict[str | None, list[int]], said: str
) -> None:
    assert RESTARTS.too_much(strange, found) == [said]
