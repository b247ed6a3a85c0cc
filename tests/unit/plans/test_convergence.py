"""All steps together: nothing differs, nothing is done; what differs decides which steps act."""

from dataclasses import replace

import pytest

from changeover.host.sandbox.place import PIVOT
from changeover.operations.view import View
from changeover.plans.commit import Commit
from changeover.plans.links import known_build, known_environments, shared_links
from changeover.plans.maintenance import BY_HAND, BY_RELEASE
from changeover.plans.snapshot import Snapshot
from changeover.settings.app import App
from tests.unit.plans.differences import (
    AROUND_MIGRATION,
    DIFFERENCES,
    NEW_CODE,
    WELL,
    WITH_DATA,
    Difference,
)
from tests.unit.plans.steps import acting, steps
from tests.unit.plans.world import (
    DEMANDING,
    FIRST,
    HELLO,
    PLAYMAKER,
    V2,
    V2_FIXED,
    V3,
    WANTED,
    fresh,
    release,
    serving,
    target,
    view,
    with_release,
)

APPS = [pytest.param(PLAYMAKER, id="playmaker"), pytest.param(HELLO, id="hello")]
NOTHING_LEFT = {name: {"outcome": "done"} for name in ("greet", "thank")}


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("name", sorted(set(steps(PLAYMAKER)) - {"maintenance.close by hand"}))
def test_a_step_has_nothing_to_do_where_all_is_as_wanted(app: App, name: str) -> None:
    aim = target(app)

    decision = steps(app)[name].decide(view(aim, serving(aim)))

    assert not decision.needed, decision.why
    assert decision.why


def test_an_app_that_expects_much_has_nothing_to_do_where_all_is_as_wanted() -> None:
    aim = target(DEMANDING)
    snapshot = replace(serving(aim), once=NOTHING_LEFT)

    assert acting(DEMANDING, view(aim, snapshot)) == set()
    fixed = target(DEMANDING, V2_FIXED)
    assert acting(DEMANDING, view(fixed, snapshot)) == NEW_CODE | {"verify.data"}


@pytest.mark.parametrize("app", APPS)
def test_a_fresh_host_gets_everything_its_app_has(app: App) -> None:
    found = acting(app, view(target(app), fresh()))

    everything = {name.split(" ")[0] for name in steps(app)}
    closing = {"maintenance.close", "maintenance.reopen", "service.quiesce"}
    no_part = {"dependencies.python", "dependencies.node", "build.assets", "migrate.history"} | {
        *("migrate.forward", "provision.uv", "provision.node")
    }
    nothing_old = {"prune.old", *WITH_DATA, "fetch.shared", "maintenance.reopen"}
    nothing_old |= {"rollback.downgrade", "rollback.restore"}
    nothing_old |= {"provision.database"}  # SQLite has no server
    nothing_old |= {"provision.port"}  # what serves is handed its socket
    nothing_old |= {"provision.large_files"}  # the commit has no large files
    undeclared = {"verify.data", "once.run", "tls.certificate"}  # the site is plain http
    expected = (
        everything - nothing_old - undeclared - (no_part | closing if app is HELLO else set())
    )
    assert found == expected


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda found: found.what)
def test_exactly_the_steps_that_mend_the_difference_act(difference: Difference) -> None:
    assert acting(PLAYMAKER, view(WELL, difference.change(serving(WELL)))) == difference.act


def test_a_code_only_release_closes_nothing_even_before_its_folder_exists() -> None:
    assert acting(PLAYMAKER, view(target(commit=V2_FIXED), serving(WELL))) == NEW_CODE


@pytest.mark.parametrize(
    "before",
    [
        *(difference.change(serving(WELL)) for difference in DIFFERENCES),
        replace(serving(WELL), files={**serving(WELL).files, WELL.paths.candidate: "left"}),
    ],
)
@pytest.mark.parametrize("commit", [V2, V2_FIXED])
def test_what_the_switch_changes_is_seen_unless_the_restart_is_certain(
    before: Snapshot, commit: Commit
) -> None:
    aim = target(commit=commit)
    found = steps(PLAYMAKER)
    seen = view(aim, before)
    files = dict(before.files)
    files[WELL.paths.env_file] = files.pop(WELL.paths.candidate, files.get(WELL.paths.env_file, ""))
    after = replace(before, current=aim.release, env_mode="640 root playmaker", files=files)

    restart = found["service.restart"]
    alike = restart.decide(seen) == restart.decide(view(aim, after))
    assert alike or found["activate.release"].changes(seen)


def test_a_switch_to_new_code_is_not_looked_at_but_one_of_assets_alone_is() -> None:
    def spared(before: Snapshot, commit: Commit) -> bool:
        return not steps(PLAYMAKER)["activate.release"].changes(view(target(commit=commit), before))

    assert spared(serving(WELL), V2_FIXED)
    assert not spared(serving(WELL), V2)


def test_a_new_release_is_made_with_all_that_the_host_has_already() -> None:
    aim, before = target(commit=V2_FIXED), serving(WELL)
    seen = view(aim, before)

    links, build = shared_links(aim), known_build(aim, before, seen.public)
    shown = known_environments(aim, before)
    links |= {pivot: release(aim).links[pivot] for pivot in shown}
    links[PIVOT] = f"../../..{build.removeprefix(aim.paths.root)}"
    made = with_release(before, aim, links=links, migrations=(FIRST,), committed=None)

    assert links == release(aim).links
    assert acting(PLAYMAKER, view(aim, made)) == NEW_CODE - {"fetch.release"}


def test_a_release_with_a_migration_rehearses_closes_backs_up_migrates_and_reopens() -> None:
    aim = target(commit=V3)
    before = serving(WELL)

    planned = acting(PLAYMAKER, view(aim, before))
    built = acting(PLAYMAKER, view(aim, with_release(before, aim, committed=None)))

    assert planned == NEW_CODE | AROUND_MIGRATION | WITH_DATA | {"migrate.history"}
    assert built == AROUND_MIGRATION | WITH_DATA | {"activate.release"}


def test_a_release_that_changes_one_public_value_builds_anew() -> None:
    aim = target(env_update=["VITE_APP_TITLE"])
    wanted = WANTED | {"VITE_APP_TITLE": "PlayMaker 2"}
    changing = View(
        aim, serving(aim), view(aim, fresh(), wanted).wanted, differing=("VITE_APP_TITLE",)
    )

    found = acting(PLAYMAKER, changing)

    assert found == {
        *("environment.prepare", "build.assets", "activate.release", "service.restart"),
        "health.observed",
    }


def test_while_the_commit_is_unknown_all_that_depends_on_it_is_to_do() -> None:
    found = acting(PLAYMAKER, view(target(commit=None), serving(WELL)))

    assert found >= NEW_CODE | AROUND_MIGRATION | WITH_DATA
    assert not {name for name in found if name.startswith("provision.")}
    assert not found & {"service.install", "site.publish", "environment.prepare"}


def test_a_unit_that_waits_for_its_hosts_database_server_is_as_wanted_the_second_time() -> None:
    server = "postgresql://playmaker:secret@localhost/shop"
    wanted = WANTED | {"DATABASE_URL": server}
    of_unit = {"service.install", "service.restart"}

    again = acting(PLAYMAKER, view(WELL, serving(WELL, server), wanted))
    # as an earlier Changeover installed it
    earlier = replace(serving(WELL), database_url=server)

    assert not again & of_unit
    assert acting(PLAYMAKER, view(WELL, earlier, wanted)) >= of_unit


def test_a_rollback_to_code_without_migrations_is_a_code_only_release() -> None:
    older = replace(V2, id="1" * 40, objects={**V2.objects, "alembic.ini": None, "alembic": None})

    found = acting(PLAYMAKER, view(target(commit=older), serving(WELL)))

    assert found == NEW_CODE


def test_a_person_may_close_an_open_site_and_open_any() -> None:
    open_site, closed = serving(WELL), replace(serving(WELL), maintenance=BY_HAND)
    left = replace(closed, maintenance=BY_RELEASE)

    assert acting(PLAYMAKER, view(WELL, open_site), by_hand=True) == {"maintenance.close"}
    assert "maintenance.close" not in acting(PLAYMAKER, view(WELL, closed), by_hand=True)
    for snapshot in (closed, left):
        assert "maintenance.reopen" in acting(PLAYMAKER, view(WELL, snapshot), by_hand=True)


def test_the_worlds_know_the_same_history() -> None:
    assert serving(WELL).releases[WELL.release or ""].migrations == (FIRST,)


def test_what_only_looks_spares_a_look_at_the_host() -> None:
    aim = target(commit=V3)
    seen = view(aim, serving(aim))

    spared = {name for name, step in steps(PLAYMAKER).items() if not step.changes(seen)}

    assert spared - {"activate.release"} == {  # that one depends on what it finds
        *("rehearse.migrations", "verify.data", "health.local", "health.observed", "prune.old"),
    }
