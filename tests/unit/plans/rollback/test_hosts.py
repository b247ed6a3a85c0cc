"""What several hosts, or a release in the wrong direction, make of a rollback."""

from changeover.plans import rollback
from changeover.plans.preflight import unknown_revisions
from changeover.plans.target import Target
from tests.unit.plans.rollback.test_rollback import (
    COMPATIBLE,
    OLD,
    OLDER,
    POINT,
    committed,
    updated,
)
from tests.unit.plans.world import V2


def test_releasing_what_does_not_know_the_schema_is_refused_with_the_ways_back() -> None:
    host = updated(POINT)

    (said,) = unknown_revisions(OLD, host)
    assert f"rollback_to={V2.id[:12]} --data rollback=downgrade or restore" in said
    (said,) = unknown_revisions(Target(COMPATIBLE, OLD.values, V2), host)
    assert "--data rollback=code or downgrade or restore" in said
    (said,) = unknown_revisions(OLDER, committed(host, OLDER, None))
    assert "one that served here: deploys/rollback.py says" in said


def test_hosts_that_would_go_to_different_releases_are_stopped() -> None:
    assert (
        rollback.disagreement("p", {"a": "r1", "b": "r1"}) == rollback.disagreement("p", {}) == []
    )
    (said,) = rollback.disagreement("play", {"a": "r1", "b": "r2"})
    assert "a to r1, b to r2" in said


def test_a_count_is_read_or_its_absence_explained() -> None:
    told = '{"rows": 3, "tables": {"t": {"added": 3, "changed": 0, "removed": 0}}}'

    assert rollback.parse_losses([told]).told() == "3 rows (t 3 new)"
    assert rollback.parse_losses(["no room"]).problem == "no room"
    assert rollback.parse_losses([]).problem
    old = rollback.parse_losses(["usage: x", "sqlite_backup: error: invalid choice: 'losses'"])
    assert "deploys/provision.py" in old.problem
