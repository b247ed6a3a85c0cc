"""What a healthy app says, and when it has to be asked."""

from dataclasses import replace
from typing import Any

import pytest

from changeover.plans import health
from changeover.plans.maintenance import BY_HAND, BY_RELEASE
from changeover.plans.settle import settle_script
from changeover.plans.snapshot import HealthAnswer
from changeover.settings.health import Health
from tests.unit.plans.world import HELLO, PLAYMAKER, V2, V3, serving, target, with_release

WANTED: dict[str, str | None] = {"release": "a", "schema": "0001"}


@pytest.mark.parametrize(
    ("answer", "well"),
    [
        (HealthAnswer(200, {"release": "a", "schema": "0001", "status": "ok"}), True),
        (HealthAnswer(200, {"release": "b", "schema": "0001"}), False),
        (HealthAnswer(200, {"release": "a", "schema": "0002"}), False),
        (HealthAnswer(200, {"release": "a"}), False),
        (HealthAnswer(503, {"release": "a", "schema": "0001"}), False),
        (HealthAnswer(200, {}), False),
        (None, False),
    ],
)
def test_well_is_the_wanted_release_on_the_wanted_schema(
    answer: HealthAnswer | None, well: bool
) -> None:
    assert health.well(answer, WANTED) is well


def test_silence_about_the_schema_is_not_the_same_as_none() -> None:
    wanted: dict[str, str | None] = {"release": "a", "schema": None}

    assert health.well(HealthAnswer(200, {"release": "a", "schema": None}), wanted)
    assert not health.well(HealthAnswer(200, {"release": "a"}), wanted)


def test_only_an_app_with_migrations_is_asked_for_its_schema() -> None:
    assert health.expected(target(HELLO), serving(target(HELLO))) == {"release": V2.id}
    assert health.expected(target(), serving(target())) == {"release": V2.id, "schema": "0001"}


def test_after_a_migration_its_revision_is_expected() -> None:
    wanted = target(commit=V3)

    found = health.expected(wanted, with_release(serving(target()), wanted))

    assert found == {"release": V3.id, "schema": "0002"}


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({}, False),
        ({"app_health": None}, True),
        ({"site_health": None}, True),
        ({"site_health": HealthAnswer(301, {})}, True),
        ({"maintenance": BY_RELEASE}, True),
        ({"maintenance": BY_HAND, "site_health": None}, False),
        ({"maintenance": BY_HAND, "held": {"what": "release"}}, True),
        ({"maintenance": BY_HAND, "app_health": None}, True),
    ],
)
def test_when_the_app_is_asked(changes: dict[str, Any], asked: bool) -> None:
    assert health.decide_local(target(), replace(serving(target()), **changes)).needed is asked


def test_a_site_closed_by_hand_is_not_asked_as_a_visitor() -> None:
    closed = replace(serving(target()), maintenance=BY_HAND, site_health=None)

    assert not health.decide_site(target(), closed).needed
    assert health.decide_site(target(), replace(closed, maintenance=None)).needed


def test_scripts_ask_for_what_is_expected_until_the_deadline() -> None:
    wanted = target(health_timeout_seconds=7)

    text = health.site_script(wanted, serving(wanted))

    assert '"seconds": 7,' in text
    assert f'"release": "{V2.id}"' in text
    assert '"domain": "play.example"' in text
    assert "words=(health site)\n" in text
    assert "words=(health both)\n" in health.local_script(wanted, serving(wanted))


SILENT = PLAYMAKER.model_copy(update={"health": Health(path="/", says=())})


def test_an_app_that_says_nothing_of_itself_is_asked_for_nothing() -> None:
    wanted = target(SILENT)
    well = replace(
        serving(wanted), app_health=HealthAnswer(302, {}), site_health=HealthAnswer(200, {})
    )

    assert health.expected(wanted, well) == {}
    assert health.decide_local(wanted, well).why == "the app says it is well"
    assert health.decide_site(wanted, well).why == "play.example says it is well"
    down = replace(well, app_health=HealthAnswer(500, {}))
    assert health.decide_local(wanted, down).needed
    only = target(PLAYMAKER.model_copy(update={"health": Health(says=("release",))}))
    assert health.expected(only, serving(only)) == {"release": V2.id}


def test_an_undo_asks_it_again_where_it_was_well_before() -> None:
    wanted = target(SILENT)
    for answer, asked in ((HealthAnswer(302, {}), True), (HealthAnswer(502, {}), False)):
        before = replace(serving(wanted), app_health=answer)

        text = settle_script(wanted, before)

        assert ('"expected": {}' in text) is asked
        assert ("asked=''\n" in text) is not asked
