"""A Django app's life: released, migrated, taken back, restored, and a migration that fails."""

import json
from collections.abc import Iterator

import pytest

from changeover.lab import Lab
from tests.e2e import load, releases
from tests.e2e.jersey import (
    APP,
    BROKEN,
    FIRST,
    FLAVOURS,
    REMOTE,
    SECOND,
    SECRET,
    SITE,
    Deployed,
    store,
)
from tests.e2e.matrix.flavours import POSTGRES
from tests.e2e.often import often
from tests.e2e.watch import files_with, watched

pytestmark = pytest.mark.lab

OAUTH = "accounts.0003_add_sumup_oauth_fields"
POSTGRESQL = FLAVOURS["postgres"]
SEEDED, APPROVED = 3000, 2000
KEPT = f"/var/lib/changeover/{APP}/environments/"


@pytest.fixture(
    scope="module",
    params=often([POSTGRESQL, FLAVOURS["sqlite"], REMOTE], lambda kind: kind is POSTGRESQL),
    ids=lambda kind: kind.name,
)
def deployed(
    lab: Lab, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    """Return a fresh host on which v1 was released, with some thousands of artists."""
    elsewhere = [store(lab)] if request.param is REMOTE else []
    layer = POSTGRES.layer(lab, "provisioned") if request.param is POSTGRESQL else None
    host = lab.up(f"django-{request.param.name}", groups=[APP], layer=layer)
    folder = tmp_path_factory.mktemp("environment")
    made = Deployed(lab, host, request.param.environment(lab, folder))
    run = made.release("v1")
    assert run.status == 0, run.output
    nothing = "the database is empty, so there is nothing to rehearse on"
    assert (nothing in run.output) is not made.is_file  # made by the release
    made.manage("manage.py", "seed_artists", str(SEEDED))
    yield made
    lab.down(*(one.name for one in (host, *elsewhere)))


def test_a_fresh_host_serves_the_first_version_on_its_own_schema(deployed: Deployed) -> None:
    assert deployed.serves("v1", FIRST)
    assert len(deployed.artists()) == SEEDED
    assert releases.get(deployed.host, "/", SITE.domain)[0] == 200


def test_nginx_serves_what_the_app_collected(deployed: Deployed) -> None:
    def style() -> tuple[int, str]:
        return releases.get(deployed.host, "/static/accounts/site.css", SITE.domain)

    there = style()
    deployed.host.run(f"systemctl stop {APP}.socket {APP}.service")
    alone = style()
    deployed.host.run(f"systemctl start {APP}.socket {APP}.service")
    assert there[0] == 200
    assert alone == there
    collected = deployed.host.run(f"readlink -e /srv/{APP}/current/static").stdout
    assert f"/srv/{APP}/releases/" in collected


@pytest.mark.slow
def test_a_dry_run_of_the_update_names_what_waits_and_changes_nothing(deployed: Deployed) -> None:
    before, artists = deployed.seen(), deployed.artists()

    run = deployed.release("v2", "--dry")

    assert run.status == 0, run.output
    for step in (
        "Fetch | ",
        "Backup | ",
        "Migrate | Apply migrations",
        "Service | Restart the app",
    ):
        assert any(planned.startswith(step) for planned in run.planned()), step
    assert run.steps(deployed.host.name) == []
    assert deployed.seen() ^ before == set()
    assert deployed.artists() == artists
    assert deployed.serves("v1", FIRST)


def test_two_migrations_are_applied_by_name_while_nobody_may_write(deployed: Deployed) -> None:
    planned = deployed.release("v2", "--dry").planned()
    with deployed.writers("second").at_work() as writers:
        run = deployed.release("v2")

    assert run.status == 0, run.output
    assert run.steps(deployed.host.name) == planned, run.output
    # a server's database was backed up before it had any data
    assert any(step.startswith("Prune | ") for step in planned) is not deployed.is_file
    assert deployed.serves("v2", SECOND)
    assert writers.told(503)
    assert writers.strange() == []
    assert deployed.lost(writers) == []
    log = deployed.host.run(f"cat /var/lib/changeover/{APP}/migrate.log").stdout
    assert log.index(OAUTH) < log.index(SECOND)
    assert deployed.manage("verify_migration.py")
    record = deployed.ledger("schema_before")[-1]
    assert (record["schema_before"][0], record["schema_after"][0]) == (FIRST, SECOND)
    backup = json.loads(deployed.host.run(f"cat {record['backup']}").stdout)
    assert backup["verified"] is True
    assert FIRST in backup["revisions"]
    assert OAUTH not in backup["revisions"]


def test_again_there_is_nothing_to_do(deployed: Deployed) -> None:
    run = deployed.release("v2")

    assert run.status == 0, run.output
    assert run.steps(deployed.host.name) == []


def test_at_boot_the_app_starts_when_its_hosts_server_is_there(deployed: Deployed) -> None:
    if "@localhost/" not in deployed.environment.read_text():
        pytest.skip("it has no server of a database")

    deployed.host.kill()
    deployed.host.boot()
    load.wait_until(lambda: deployed.serves("v2", SECOND), "the app serves")

    there = deployed.moment("postgresql", "ActiveEnter")
    assert 0 < there <= deployed.moment(APP, "InactiveExit")


@pytest.mark.slow
def test_code_alone_goes_back_over_what_the_deploy_file_declares_and_forward_again(
    deployed: Deployed,
) -> None:
    with deployed.writers("code").at_work() as writers:
        run = deployed.run("rollback", rollback="code")

    assert run.status == 0, run.output
    assert deployed.serves("v1", SECOND)
    assert writers.told(503) == []
    assert deployed.lost(writers) == []
    forward = deployed.release("v2")
    assert forward.status == 0, forward.output
    assert "Migrate | Apply migrations" not in forward.steps(deployed.host.name)
    assert deployed.serves("v2", SECOND)


def test_a_downgrade_takes_both_back_by_name_and_keeps_every_artist(deployed: Deployed) -> None:
    told = deployed.run("rollback").output
    assert f"taking back {SECOND} (Raw Python operation), {OAUTH} (Add field" in told
    with deployed.writers("downgrade").at_work() as writers:
        run = deployed.run("rollback", rollback="downgrade")

    assert run.status == 0, run.output
    assert deployed.serves("v1", FIRST)
    assert writers.strange() == []
    assert deployed.lost(writers) == []
    assert len(deployed.artists()) > SEEDED


@pytest.mark.slow
def test_a_controller_killed_amid_the_migrations_is_undone_healed_and_done_once(
    deployed: Deployed,
) -> None:
    journal = f"/var/lib/changeover/{APP}/undo.d"
    data = {f"{APP}_ref": "v2"}
    with deployed.writers("killed").at_work() as writers:
        with deployed.start("release", **data) as process:
            load.wait_until(
                lambda: "-migrate.forward.json" in deployed.host.run(f"ls {journal}", False).stdout,
                "the migrations begin",
            )
            process.kill()
            process.communicate()
        # nobody but the host itself
        load.wait_until(lambda: deployed.serves("v1", FIRST), "the host has undone it")
        healing = deployed.release("v2")
    outcomes = [record["outcome"] for record in deployed.ledger("schema_before")]
    again = deployed.release("v2")

    # the record is written after the app serves; the next release waits for that
    assert outcomes[-2:] == ["undone", "committed"]
    assert healing.status == 0, healing.output
    assert "Migrate | Apply migrations" in healing.steps(deployed.host.name)
    assert deployed.serves("v2", SECOND)
    assert writers.strange() == []
    assert deployed.lost(writers) == []
    assert (again.status, again.steps(deployed.host.name)) == (0, []), again.output
    assert deployed.run("rollback", rollback="downgrade").status == 0  # as it was found


@pytest.mark.slow
def test_a_restore_needs_the_word_and_loses_what_it_said(deployed: Deployed) -> None:
    forward = deployed.release("v2")
    assert forward.status == 0, forward.output
    kept = set(deployed.artists())
    with deployed.writers("since").at_work() as since:
        pass
    refused = deployed.run("rollback", rollback="restore")

    assert refused.status != 0
    assert f"accounts_artistprofile {len(since.told(201))} new" in refused.output
    assert "say that they may with --data rollback_loses=" in refused.output
    assert deployed.serves("v2", SECOND)
    assert deployed.lost(since) == []

    with deployed.writers("restore").at_work() as writers:
        run = deployed.run("rollback", rollback="restore", rollback_loses="all")

    assert run.status == 0, run.output
    assert deployed.serves("v1", FIRST)
    assert writers.strange() == []
    closed, lost = writers.told(503)[0].started, set(deployed.lost(writers))
    assert lost
    assert all(write.started < closed for write in writers.told(201) if write.key in lost)
    assert kept <= set(deployed.artists())
    assert deployed.lost(since) == [write.key for write in since.told(201)]
    again = deployed.run("rollback", rollback="restore", rollback_loses="all")
    assert (again.status, again.steps(deployed.host.name)) == (0, []), again.output


@pytest.mark.slow
def test_a_migration_that_fails_half_way_ends_on_the_first_version_with_its_data(
    deployed: Deployed,
) -> None:
    path = f"{SECOND.replace('.', '/migrations/')}.py"
    broken = deployed.lab.origin.push(APP, {path: BROKEN}, "Half", branch="half", base="v2")
    before = deployed.artists()
    with deployed.writers("broken").at_work() as writers:
        run = deployed.release(broken)
        load.wait_until(
            lambda: writers.told(201)[-1].started > writers.told(503)[-1].started, "open"
        )

    assert run.status != 0
    assert "half of the artists are migrated" in run.output
    assert f"migration {SECOND} failed" in run.output
    assert deployed.serves("v1", FIRST)
    assert writers.strange() == []
    assert deployed.lost(writers) == []
    assert deployed.artists()[: len(before)] == before
    assert deployed.ledger("schema_before")[-1]["outcome"] == "undone"


@pytest.mark.slow
def test_models_that_differ_from_the_migrations_are_refused_before_anything_is_closed(
    deployed: Deployed,
) -> None:
    models = (releases.ROOT / f"tests/apps/{APP}/v2/accounts/models.py").read_text()
    changed = models.replace("max_length=50", "max_length=51")
    drifted = deployed.lab.origin.push(
        APP, {"accounts/models.py": changed}, "Drift", branch="drift", base="v2"
    )
    with deployed.writers("drift").at_work() as writers:
        run = deployed.release(drifted)

    assert run.status != 0
    assert "Alter field sumup_merchant_code on artistprofile" in run.output
    assert "run makemigrations, commit what it makes" in run.output
    assert deployed.serves("v1", FIRST)
    assert set(writers.statuses()) == {201}


def test_the_databases_password_is_shown_nowhere(deployed: Deployed) -> None:
    if SECRET not in deployed.environment.read_text():
        pytest.skip("SQLite has none")
    host = deployed.host
    with watched(host, [SECRET], APP) as watch:
        run = deployed.release("v2", "-vvv", "--debug", "--diff")

    assert run.status == 0, run.output
    assert "Migrate | Apply migrations" in run.steps(host.name)
    assert watch.seen_in_app
    assert [found for found in watch.found if found.startswith("command line")] == []
    assert SECRET not in run.output
    assert SECRET not in host.run("journalctl -q --no-pager").stdout
    places = "/var/lib/changeover /var/backups /var/log /etc /run /tmp /var/lib/postgresql"
    kept = files_with(host, [SECRET], places, user="root")
    # what activations replaced: root's alone, as the environment itself
    assert [path for path in kept if not path.startswith(KEPT)] == []
    assert files_with(host, [SECRET], f"/srv {places}", user="nobody") == []


def test_artists_were_notified_once_through_all_of_it(deployed: Deployed) -> None:
    told = [record for record in deployed.ledger("once") if record["outcome"] == "done"]

    assert [record["once"] for record in told] == ["notify-artists-of-sumup"]
    sent = deployed.host.run(f"cat /srv/{APP}/shared/mail/*").stdout.count("\nTo: ")
    assert sent == APPROVED
