"""Where a rollback leads, which ways are open, what each loses, and what is refused."""

from dataclasses import replace
from typing import Any

import pytest

from changeover.plans import health, pending, rollback
from changeover.plans import rollback_methods as ways
from changeover.plans.databases.kind import Location
from changeover.plans.databases.sqlite import SQLITE
from changeover.plans.migrations.steps import Migration
from changeover.plans.preflight import problems
from changeover.plans.rollback import Losses, RollbackRequest
from changeover.plans.rollback_methods.choose import choose
from changeover.plans.rollback_methods.method import Method
from changeover.plans.settle import settle_script
from changeover.plans.snapshot import Backup, Snapshot
from changeover.plans.target import Rollback, Target
from changeover.settings.migrations import Alembic
from tests.unit.plans import world
from tests.unit.plans.world import FILES_BEFORE, PLAYMAKER, V2, V2_FIXED, V3, serving, target

OLD, NEW, OLDER = target(), target(commit=V3), target(commit=V2_FIXED)
COMPATIBLE = PLAYMAKER.model_copy(update={"migrations": Alembic(backward_compatible=("0002",))})
POINT = world.backup(OLD, FILES_BEFORE)
LOSSES = Losses(12, {"users": {"added": 10, "changed": 2, "removed": 1}})
THIRD = Migration("0003", ("0002",), "Third")
FILE = Location(SQLITE, "/db")


def name(of: Target) -> str:
    assert of.release
    return of.release


def committed(snapshot: Snapshot, of: Target, when: str | None, **changes: Any) -> Snapshot:
    """Return the snapshot with a release beside the others that was committed then."""
    return world.with_release(snapshot, of, committed=when, **changes)


def updated(*backups: Backup) -> Snapshot:
    """Return a host on which V3 serves, released over V2."""
    host = committed(serving(NEW), NEW, "2026-01-03T12:00:00Z")
    return replace(committed(host, OLD, "2026-01-02T12:00:00Z"), backups=backups)


def after(snapshot: Snapshot, kind: str, to: Target) -> Snapshot:
    """Return the snapshot as a committed changeover leaves the ledger and ``current``."""
    latest = {"id": "x", "kind": kind, "to": {"release": to.release}, "ended": "2026-01-04"}
    return replace(snapshot, current=to.release, latest=latest)


def way(which: str, snapshot: Snapshot, to: Target = OLD, app: Any = PLAYMAKER) -> Method:
    found = ways.methods(app, snapshot, snapshot.releases[name(to)])
    return next(one for one in found if one.name == which)


def going(which: str, snapshot: Snapshot, to: Target = OLD, app: Any = PLAYMAKER) -> Target:
    """Return the target of a rollback."""
    back = Rollback(snapshot.releases[name(to)], way(which, snapshot, to, app))
    return Target(app, to.values, back.commit, back)


def test_a_rollback_leads_to_the_release_that_served_before() -> None:
    host = committed(updated(), OLDER, "2026-01-01T12:00:00Z")

    assert choose(host).name == name(OLD)


def test_the_same_command_again_does_not_go_further_back() -> None:
    host = after(committed(updated(), OLDER, "2026-01-01"), "rollback code", OLD)

    assert choose(host).name == name(OLD)
    assert way("code", host).settled
    wanted = rollback.back(PLAYMAKER, host, RollbackRequest("code"))
    assert "serves since the rollback code of 2026-01-04" in rollback.why_settled(host, wanted)


def test_what_was_rolled_back_is_not_gone_back_to() -> None:
    host = committed(updated(), OLDER, "2026-01-01")
    bad = replace(host.releases[name(NEW)], withdrawn=True)
    host = replace(host, releases={**host.releases, bad.name: bad})

    assert choose(after(host, "release", OLD)).name == name(OLDER)


@pytest.mark.parametrize(
    ("to", "found"), [(name(OLDER), OLDER), (V2_FIXED.id[:12], OLDER), (name(NEW), NEW)]
)
def test_a_release_can_be_named_as_such_or_by_its_commit(to: str, found: Target) -> None:
    assert choose(committed(updated(), OLDER, "2026"), to).name == name(found)


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("deadbeef", "no release on the host is deadbeef; those that served: 2026"),
        ("22222", "no release on the host is 22222"),
        (V2_FIXED.id, "never served here"),
    ],
)
def test_another_release_is_refused(to: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        choose(committed(updated(), OLDER, None), to)


def test_where_nothing_served_before_there_is_no_way() -> None:
    alone = committed(serving(NEW), NEW, "2026")
    for host in (alone, committed(alone, OLD, None)):
        with pytest.raises(ValueError, match="no earlier release that served"):
            choose(host)
    with pytest.raises(ValueError, match="nothing serves"):
        choose(world.fresh())


def test_code_alone_needs_the_schema_to_be_known_or_declared() -> None:
    refused = way("code", updated())

    assert 'backward_compatible=("0002",)) in deploys/playmaker.py' in refused.problem
    assert way("code", updated(), app=COMPATIBLE) == Method(
        "code", loses="nothing: data and schema stay as they are", revision="0002"
    )
    assert not way("code", committed(updated(), NEW, "2026"), NEW).problem


def test_every_step_that_old_code_does_not_know_must_be_declared() -> None:
    host = updated()
    newest = replace(host.releases[name(NEW)], migrations=(world.FIRST, world.SECOND, THIRD))
    assert host.database
    host = replace(
        host,
        releases={**host.releases, newest.name: newest},
        database=replace(host.database, revisions=("0003",)),
    )

    assert '("0003",)' in way("code", host, app=COMPATIBLE).problem
    down = way("downgrade", host)
    assert (down.steps, down.revision) == (("0003", "0002"), "0001")


def test_a_downgrade_names_what_it_takes_back_and_whose_code_does_it() -> None:
    found = way("downgrade", updated())

    assert found.steps == ("0002",)
    assert found.knower == name(NEW)
    assert "0002 (Descriptions)" in found.loses
    text = rollback.downgrade_script(going("downgrade", updated()), FILE, "/manifest")
    assert "steps=(0002)\n" in text
    assert "to=(0001)\ngains=(0001)\ndrops=(0002)\n" in text
    assert f"release_path=/srv/playmaker/releases/{name(NEW)}\n" in text


def test_a_release_whose_migrations_wait_is_released_not_rolled_back_to() -> None:
    host = updated()
    assert host.database
    host = replace(host, database=replace(host.database, revisions=("0001",)), current=name(OLD))

    for which in ("code", "downgrade"):
        assert "its migrations wait; release it instead" in way(which, host, NEW).problem


def test_a_way_whose_packages_are_gone_is_refused_with_the_way_to_them() -> None:
    host = updated(POINT)
    gone = replace(host, environments=host.environments - {str(OLD.python_key)})

    for which in ways.METHODS:
        said = way(which, gone).problem
        assert f"{OLD.python_key} of the release is gone" in said
        assert f"--data playmaker_ref={V2.id}" in said


def test_the_restore_point_is_the_releases_newest_backup_with_its_own_schema() -> None:
    later = replace(POINT, manifest="/later", revisions=("0002",))
    other = replace(POINT, manifest="/other", release=name(NEW))
    host = updated(POINT, later, other)

    assert way("restore", host).manifest == POINT.manifest
    assert "no verified backup" in way("restore", updated(later, other)).problem


def test_a_restore_needs_the_word() -> None:
    host = updated(POINT)
    going_back = going("restore", host)

    def refused(loses: str, losses: Losses | None = LOSSES) -> list[str]:
        return rollback.problems(going_back, host, RollbackRequest("restore", loses=loses), losses)

    assert refused("") == [
        "rollback=restore: 12 rows (users 10 new, 2 changed, 1 deleted since and back again) would"
        " go; say that they may with --data rollback_loses=12, or =all where more are written"
        " meanwhile"
    ]
    assert refused("11")
    assert refused("yes")
    assert refused("12") == refused("99") == refused("all") == []
    assert "could not be counted (no room)" in refused("all", Losses(problem="no room"))[0]
    assert "could not be counted" in refused("all", None)[0]


def test_what_is_told_names_each_way_with_what_it_loses() -> None:
    told = rollback.told(PLAYMAKER, updated(POINT), updated().releases[name(OLD)], LOSSES)

    assert told[0].endswith(f"from {name(NEW)} back to {name(OLD)} (222222222222)")
    assert [line.split(":")[0].strip() for line in told[1:]] == [
        f"rollback={w}" for w in ways.METHODS
    ]
    assert "not possible" in told[1]
    assert "0002 (Descriptions)" in told[2]
    assert "backup of 20260102: 12 rows" in told[3]


def test_an_interrupted_changeover_comes_first() -> None:
    host = replace(updated(), open_changeover={"id": "x"})

    assert (
        "a changeover is open" in rollback.told(PLAYMAKER, host, host.releases[name(OLD)], None)[-1]
    )
    assert (
        "interrupted"
        in rollback.problems(going("code", host), host, RollbackRequest("code"), None)[0]
    )


@pytest.mark.parametrize(
    ("which", "closes", "schema"),
    [("code", False, "0002"), ("downgrade", True, "0001"), ("restore", True, "0001")],
)
def test_each_way_closes_only_for_data_and_expects_its_schema(
    which: str, closes: bool, schema: str
) -> None:
    host = updated(POINT)
    going_back = going(which, host, app=COMPATIBLE)

    assert pending.closes(going_back, host) is closes
    assert host.database
    down = replace(host, database=replace(host.database, revisions=("0001",)))
    assert pending.closes(going_back, down) is (which == "restore")
    assert health.expected(going_back, host) == {"release": V2.id, "schema": schema}


@pytest.mark.parametrize("which", list(ways.METHODS))
def test_again_there_is_nothing_to_do_and_the_schema_is_as_it_is(which: str) -> None:
    schema = "0002" if which == "code" else "0001"
    host = after(updated(POINT), f"rollback {which}", OLD)
    assert host.database
    host = replace(host, database=replace(host.database, revisions=(schema,)))
    again = going(which, host, app=COMPATIBLE)

    assert again.rollback
    assert again.rollback.method.settled
    assert not pending.closes(again, host)
    assert health.expected(again, host)["schema"] == schema
    assert rollback.problems(again, host, RollbackRequest(which), None) == []
    for data in ("downgrade", "restore"):
        assert not rollback.decide_data(again, host, data).needed


def test_a_rollback_needs_what_is_on_the_host_only() -> None:
    going_back = going("code", updated(), app=COMPATIBLE)

    assert going_back.commit is not None
    assert (going_back.release, going_back.commit.id) == (name(OLD), V2.id)
    assert going_back.python_key == OLD.python_key
    assert going_back.build_key({}) is None
    full = replace(updated(), free_kilobytes=0)
    assert problems(going_back, full, now=world.NOW, database_url=None) == []
    assert problems(going_back, replace(full, uid=1000), now=world.NOW, database_url=None)


def test_undo_puts_todays_backup_in_place() -> None:
    host = updated(POINT)
    undo = rollback.undo(going("restore", host), host, FILE, "/today.json")

    assert "manifest=/today.json\n" in undo.script
    assert undo.step == "rollback.restore"
    assert undo.note == {"backup": "/today.json", "restored": POINT.manifest}
    text = rollback.restore_script(going("restore", host), FILE, "/today")
    assert f"manifest={POINT.manifest}\n" in text.partition("database=/db\n")[2]
    assert name(NEW) in settle_script(going("restore", host), host)


def test_data_goes_back_only_where_it_is_known_which_file_it_is() -> None:
    host = replace(updated(POINT), database_url="sqlite:///play%20maker.db")
    request = RollbackRequest("restore", loses=rollback.ANY)

    (problem,) = rollback.problems(going("restore", host), host, request, LOSSES)

    assert problem.startswith("DATABASE_URL: has a % in its path")
    assert rollback.problems(going("code", host, app=COMPATIBLE), host, request, None) == []
