"""Engines: what waits, what leads back, and what the database then says, without a database."""

from typing import Any

import pytest

from changeover.host.revisions.table import KNOWN
from changeover.plans import migrations
from changeover.plans.migrations.alembic import AlembicEngine
from changeover.plans.migrations.django import DjangoEngine
from changeover.plans.migrations.protocol import fits, schema
from changeover.plans.migrations.steps import Migration, Move, after
from changeover.settings.migrations import Alembic, Django
from tests.unit.plans.migrations.project import Known
from tests.unit.plans.world import HELLO, PLAYMAKER

ALEMBIC, DJANGO = AlembicEngine(Alembic()), DjangoEngine(Django())


def step(name: str, *needs: str, **more: Any) -> Migration:
    return Migration(name, needs, name, **more)


BASE = [step("a.0001", "s.0001"), step("a.0002", "a.0001")]
HISTORY = [step("s.0001"), *BASE, step("b.0001", "a.0001")]
PARTS = [step("a.0003_x", "a.0002"), step("a.0004_y", "a.0003_x")]
REPLACES = ("a.0003_x", "a.0004_y")
SQUASH = step("a.0003_squashed_0004_y", "a.0002", replaces=REPLACES)
SQUASHED = [*HISTORY, *PARTS, SQUASH]
ALL = ("a.0001", "a.0002", "b.0001", "s.0001")
# as Alembic tells a history: b and c follow a, d merges them
BRANCHED = [step("a"), step("b", "a"), step("c", "a"), step("d", "b", "c")]


def names(moves: tuple[Move, ...]) -> list[str]:
    return [move.step for move in moves]


def test_an_app_has_the_engine_that_its_deploy_file_names() -> None:
    django = PLAYMAKER.model_copy(update={"migrations": Django()})

    assert isinstance(migrations.of(PLAYMAKER), AlembicEngine)
    assert isinstance(migrations.of(django), DjangoEngine)
    assert migrations.of(HELLO) is None
    assert migrations.heads(HELLO, ("a.1", "a.2")) == ["a.1", "a.2"]
    assert migrations.heads(django, ("a.1", "a.2")) == ["a.2"]


def test_a_host_that_is_told_no_table_looks_for_those_of_all_engines() -> None:
    own = [one for one in migrations.ENGINES.values() if one.__module__.startswith("changeover.")]

    assert {one.table for one in own} == {*KNOWN}


def test_alembics_branches_are_applied_in_order_and_the_database_names_their_heads() -> None:
    moves = ALEMBIC.forward(BRANCHED, ())

    assert [after((), moves[:n]) for n in range(5)] == [(), ("a",), ("b",), ("b", "c"), ("d",)]


def test_alembics_straight_line_leads_back_and_a_merge_does_not() -> None:
    line = [step("a"), step("b", "a"), step("c", "b")]

    moves = ALEMBIC.back(line, ("c",), frozenset(("a",)))

    assert [(move.step, move.to) for move in moves] == [("c", "b"), ("b", "a")]
    assert after(("c",), moves) == ("a",)
    assert ALEMBIC.back(line, ("a",), frozenset())[-1].to == "base"
    with pytest.raises(ValueError, match="d merges branches"):
        ALEMBIC.back(BRANCHED, ("d",), frozenset("a"))


def test_django_names_every_step_and_its_heads_are_each_apps_highest() -> None:
    moves = DJANGO.forward(HISTORY, ("s.0001",))

    assert names(moves) == ["a.0001", "a.0002", "b.0001"]
    assert after(("s.0001",), moves) == ALL
    assert schema(DJANGO, ALL) == "a.0002, b.0001, s.0001"
    assert schema(DJANGO, ()) is None
    assert fits(DJANGO, HISTORY, ALL)
    assert not fits(DJANGO, HISTORY, ALL[:-1])


@pytest.mark.parametrize(
    ("rows", "beyond"),
    [
        (("a.0001", "a.0003"), ("a.0003",)),
        (("a.0000_gone", "a.0001"), ()),
        (("a.0001", "removed.0001"), ()),
        (("a.0000_other",), ("a.0000_other",)),
        ((*ALL, *REPLACES, SQUASH.id), (*REPLACES, SQUASH.id)),
    ],
)
def test_django_passes_over_rows_that_outlived_their_files(
    rows: tuple[str, ...], beyond: tuple[str, ...]
) -> None:
    assert DJANGO.unknown(HISTORY, rows) == beyond


def test_a_squash_whose_parts_are_gone_is_as_far_as_its_last_part() -> None:
    history = [*HISTORY, step(SQUASH.id, "a.0002")]

    assert DJANGO.unknown(history, (*ALL, *REPLACES, SQUASH.id)) == ()


def test_a_release_without_migrations_knows_no_row() -> None:
    assert DJANGO.unknown((), ALL) == ALL


@pytest.mark.parametrize(
    ("rows", "waiting"),
    [
        (ALL, [SQUASH.id]),
        ((*ALL, "a.0003_x"), ["a.0004_y"]),
        ((*ALL, *REPLACES), []),
    ],
)
def test_a_squash_is_applied_where_none_of_its_parts_was(
    rows: tuple[str, ...], waiting: list[str]
) -> None:
    moves = DJANGO.forward(SQUASHED, rows)

    assert names(moves) == waiting
    # migrate records the squash beside its parts, as soon as all are there
    whole = {*rows, *REPLACES, *([SQUASH.id] if moves else [])}
    assert set(after(rows, moves)) == whole


def test_django_goes_back_one_step_at_a_time_each_by_what_stands_before_it() -> None:
    moves = DJANGO.back(HISTORY, ALL, frozenset(("s.0001", "a.0001")))

    assert [(move.step, move.to) for move in moves] == [("b.0001", "b.zero"), ("a.0002", "a.0001")]
    assert after(ALL, moves) == ("a.0001", "s.0001")


def test_a_squash_goes_back_as_a_whole_and_stays_where_its_parts_stay() -> None:
    rows = (*ALL, *REPLACES, SQUASH.id)

    (move,) = DJANGO.back(SQUASHED, rows, frozenset(ALL))

    assert (move.to, after(rows, [move])) == ("a.0002", ALL)
    assert DJANGO.back(SQUASHED, rows, frozenset((*ALL, *REPLACES))) == ()
    with pytest.raises(ValueError, match="cannot be taken back in part"):
        DJANGO.back(SQUASHED, rows, frozenset((*ALL, "a.0003_x")))


@pytest.mark.parametrize(
    ("history", "kept", "why"),
    [
        (
            [step("a.1"), step("a.2", "a.1", reversible=False)],
            "a.1",
            "a.2 cannot be taken back; r",
        ),
        # to go back to a.1 takes both branches back at once
        ([step("a.1"), step("a.2", "a.1"), step("a.3", "a.1")], "a.1", "a.3 .* it is on a branch"),
        ([step("a.1"), step("b.1", "a.1")], "b.1", "a.1 cannot be taken back alone: b.1 needs it"),
        ([step("a.1"), step("a.2")], "a.1", "a.2 .* it is on a branch of a's"),
    ],
)
def test_what_cannot_be_taken_back_is_said_beforehand(
    history: list[Migration], kept: str, why: str
) -> None:
    rows = tuple(sorted(one.id for one in history))

    with pytest.raises(ValueError, match=why):
        DJANGO.back(history, rows, frozenset((kept,)))


def test_a_merge_goes_back_by_a_parent_that_nothing_else_follows() -> None:
    history = [step("a.1"), step("a.2", "a.1"), step("a.3", "a.1"), step("a.4", "a.2", "a.3")]

    (move,) = DJANGO.back(history, ("a.1", "a.2", "a.3", "a.4"), frozenset(("a.1", "a.2", "a.3")))

    assert move.to == "a.2"


def test_djangos_history_is_another_with_other_code_packages_or_settings() -> None:
    def key(tree: str | None = "t", python: str | None = "p", **declared: str) -> str | None:
        engine = DjangoEngine(Django(**declared))  # type: ignore[arg-type]
        return engine.history_key(Known({".": tree}, python))

    assert key() == key()
    assert len({key(), key("t2"), key(python="p2"), key(settings="s"), key(manage="m.py")}) == 5
    assert key(tree=None) is key(python=None) is None
