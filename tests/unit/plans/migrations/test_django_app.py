"""A Django app's release and ways back: what waits, what is told, what the app has to say."""

from dataclasses import replace
from typing import Any

import pytest

from changeover.plans import changeover, health, pending, rollback, rollback_methods
from changeover.plans.migrations.steps import Migration
from changeover.plans.preflight import unknown_revisions
from changeover.plans.rollback import RollbackRequest
from changeover.plans.rollback_methods.method import Method
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Rollback, Target
from changeover.settings.migrations import Django
from tests.unit.plans import world
from tests.unit.plans.world import OBJECTS, PLAYMAKER, V2, V2_FIXED, V3, serving

DJANGO = PLAYMAKER.model_copy(update={"migrations": Django(backward_compatible=("a.0003_x",))})
MANAGED: dict[str, str | None] = {"manage.py": "manage01"}


def step(name: str, *needs: str, **more: Any) -> Migration:
    return Migration(name, needs, f"about {name}", **more)


FIRST = (step("auth.0001"), step("a.0001", "auth.0001"), step("a.0002", "a.0001"))
SECOND = (*FIRST, step("a.0003_x", "a.0002"), step("a.0004_y", "a.0003_x"))
ROWS = ("a.0001", "a.0002", "auth.0001")
MORE = ("a.0001", "a.0002", "a.0003_x", "a.0004_y", "auth.0001")


def target(commit: Any) -> Target:
    return world.target(DJANGO, replace(commit, objects=OBJECTS | commit.objects | MANAGED))


OLD, NEW = target(V2), target(V3)


def host(rows: tuple[str, ...], newer: tuple[Migration, ...] = SECOND) -> Snapshot:
    """Return a host on which the newer release serves, over the older one, at these rows."""
    found = serving(world.target(commit=V3))
    changes = {"migrations": newer, "migrations_object": NEW.migrations_object}
    found = world.with_release(found, NEW, links={}, committed="2026-01-03", **changes)
    found = world.with_release(found, OLD, links={}, committed="2026-01-02", migrations=FIRST)
    point = replace(world.backup(OLD), revisions=ROWS)
    assert found.database
    database = replace(found.database, revisions=rows)
    return replace(found, database=database, backups=(point,))


def way(which: str, snapshot: Snapshot) -> Method:
    release = snapshot.releases[OLD.release or ""]
    return next(
        way for way in rollback_methods.methods(DJANGO, snapshot, release) if way.name == which
    )


def test_what_waits_is_named_and_the_app_has_to_say_each_apps_highest() -> None:
    assert pending.names(NEW, host(ROWS)) == ("a.0003_x", "a.0004_y")
    assert health.expected(NEW, host(ROWS))["schema"] == "a.0004_y, auth.0001"
    assert changeover.commit_note(NEW, host(ROWS)) == {"schema_after": ["a.0002", "auth.0001"]}
    assert pending.names(NEW, host(MORE)) == ()
    assert pending.head(NEW, host(MORE)) == "a.0004_y, auth.0001"


def test_a_row_of_an_app_that_was_removed_stays_in_what_the_app_says() -> None:
    rows = (*MORE, "gone.0001")

    assert pending.names(NEW, host(rows)) == ()
    assert health.expected(NEW, host(rows))["schema"] == "a.0004_y, auth.0001, gone.0001"


def test_another_commit_has_a_history_of_its_own_until_it_was_read() -> None:
    assert pending.history(target(V2_FIXED), host(MORE)) is None
    assert pending.closes(target(V2_FIXED), host(MORE))
    again = replace(NEW, commit=replace(V3, id="9" * 40, objects=NEW.commit.objects))  # type: ignore[union-attr]
    assert pending.history(again, host(MORE)) == SECOND


def test_releasing_what_does_not_know_the_schema_is_refused() -> None:
    (said,) = unknown_revisions(OLD, host(MORE))

    assert "is at a.0003_x, a.0004_y, which" in said
    assert "--data rollback=downgrade or restore" in said


def test_each_way_back_says_what_it_needs_and_where_it_leads() -> None:
    snapshot = host(MORE)

    assert '"a.0004_y",)) in deploys/playmaker.py' in way("code", snapshot).problem
    assert "declare Django(" in way("code", snapshot).problem
    down, point = way("downgrade", snapshot), way("restore", snapshot)
    assert down.steps == ("a.0004_y", "a.0003_x")
    assert down.revision == point.revision == "a.0002, auth.0001"
    assert "a.0004_y (about a.0004_y), a.0003_x" in down.loses
    assert point.manifest


def test_a_downgrade_is_done_when_none_of_its_steps_is_there() -> None:
    down = way("downgrade", host(MORE))
    back = Rollback(host(MORE).releases[OLD.release or ""], down)

    for rows, goes in ((MORE, True), ((*ROWS, "a.0003_x"), True), (ROWS, False)):
        assert pending.data_goes_back(back, host(rows)) is goes


def test_a_step_that_cannot_be_taken_back_is_told_and_refused() -> None:
    fixed = (*SECOND[:-1], step("a.0004_y", "a.0003_x", reversible=False))
    snapshot = host(MORE, fixed)
    release = snapshot.releases[OLD.release or ""]

    told = rollback.told(DJANGO, snapshot, release, None)
    back = rollback.back(DJANGO, snapshot, RollbackRequest("downgrade", to=release.name))

    assert told[2].endswith("not possible: a.0004_y cannot be taken back; rollback=restore is")
    assert back.method.problem == "a.0004_y cannot be taken back; rollback=restore is"


@pytest.mark.parametrize("rows", [MORE[:-1], ("a.0001",)])
def test_a_backup_of_another_schema_is_no_restore_point(rows: tuple[str, ...]) -> None:
    snapshot = host(MORE)
    other = replace(snapshot.backups[0], revisions=rows)

    assert "no verified backup" in way("restore", replace(snapshot, backups=(other,))).problem


def test_where_the_database_is_as_the_release_made_it_there_is_no_way_to_go() -> None:
    assert "nothing to take back" in way("downgrade", host(ROWS)).problem
    empty = replace(host(()), releases={})
    release = replace(host(()).releases[OLD.release or ""], migrations=())

    assert not rollback_methods.methods(DJANGO, empty, release)[0].problem
