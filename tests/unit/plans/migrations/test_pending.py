"""What waits is what the database does not have, in the history's order."""

from dataclasses import replace
from typing import Any

import pytest

from changeover.plans import pending
from changeover.plans.migrations.steps import Migration
from changeover.plans.snapshot import Snapshot
from tests.unit.plans.world import (
    FIRST,
    HELLO,
    OBJECTS,
    PLAYMAKER,
    SECOND,
    V2,
    V2_FIXED,
    V3,
    serving,
    target,
    with_release,
)


def step(name: str, *after: str) -> Migration:
    return Migration(name, after, name)


# b and c both follow a; d merges them
BRANCHED = (step("a"), step("b", "a"), step("c", "a"), step("d", "b", "c"), step("e", "d"))


def at(*revisions: str, history: Any = BRANCHED) -> Snapshot:
    """Return a host whose database is at these revisions, with the history of its release."""
    snapshot = serving(target())
    (release,) = snapshot.releases.values()
    assert snapshot.database
    return replace(
        snapshot,
        releases={release.name: replace(release, migrations=history)},
        database=replace(snapshot.database, revisions=revisions),
    )


@pytest.mark.parametrize(
    ("revisions", "waiting"),
    [
        ((), ("a", "b", "c", "d", "e")),
        (("a",), ("b", "c", "d", "e")),
        (("b",), ("c", "d", "e")),
        (("b", "c"), ("d", "e")),
        (("d",), ("e",)),
        (("e",), ()),
        (("x",), ("a", "b", "c", "d", "e")),
    ],
)
def test_what_waits(revisions: tuple[str, ...], waiting: tuple[str, ...]) -> None:
    assert pending.names(target(), at(*revisions)) == waiting


@pytest.mark.parametrize(
    ("revisions", "strangers"), [(("e",), ()), (("x",), ("x",)), (("b", "y"), ("y",)), ((), ())]
)
def test_a_revision_that_the_release_does_not_know(
    revisions: tuple[str, ...], strangers: tuple[str, ...]
) -> None:
    assert pending.unknown(target(), at(*revisions)) == strangers


def test_an_app_that_migrates_by_itself_is_not_asked_about_its_revisions() -> None:
    app = PLAYMAKER.model_copy(update={"migrations": None})

    assert pending.unknown(target(app), at("x")) == ()
    assert pending.names(target(app), at("x")) == ()


def test_the_head_is_the_newest_step() -> None:
    assert pending.head(target(), at("a")) == "e"
    assert pending.head(target(), at("a", history=())) is None


def test_equal_migrations_have_a_known_history_before_the_release_exists() -> None:
    wanted = target(commit=V2_FIXED)

    assert pending.history(wanted, serving(target())) == (FIRST,)
    assert pending.names(wanted, serving(target())) == ()


def test_other_migrations_are_unknown_until_they_were_read() -> None:
    wanted, before = target(commit=V3), serving(target())

    assert pending.history(wanted, before) is None
    assert pending.names(wanted, before) is None
    assert pending.closes(wanted, before)
    assert pending.history(wanted, with_release(before, wanted)) == (FIRST, SECOND)


def test_a_release_without_migrations_has_an_empty_history() -> None:
    without = replace(V2, objects=OBJECTS | {"alembic.ini": None, "alembic": None})

    assert pending.history(target(commit=without), serving(target())) == ()
    assert pending.history(target(HELLO), serving(target(HELLO))) == ()


def test_a_new_database_is_made_behind_a_closed_site_too() -> None:
    without = replace(at(), database=None)

    assert pending.names(target(), without) == ("a", "b", "c", "d", "e")
    assert pending.closes(target(), without)
    assert pending.closes(target(commit=None), serving(target()))
