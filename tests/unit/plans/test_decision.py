"""A decision says whether and why."""

from changeover.plans.decision import done, todo


def test_a_decision_carries_its_reason_either_way() -> None:
    assert (todo("x is missing").needed, todo("x is missing").why) == (True, "x is missing")
    assert (done("x is there").needed, done("x is there").why) == (False, "x is there")
