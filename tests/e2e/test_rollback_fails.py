"""A rollback that fails ends where it began with all data; one that cannot be is refused."""

import re
from collections.abc import Iterator

import pytest

from changeover.lab import Lab, LabHost
from changeover.lab.lab import HostSpec
from tests.e2e import load, releases
from tests.e2e.load import KEPT, Writers, back, records

pytestmark = pytest.mark.lab

UP = 'op.execute("CREATE TABLE extra (id INTEGER)")'
# half of the way down is committed before the rest fails
DOWN = """\
with op.get_context().autocommit_block():
    op.execute("DELETE FROM playlist_history")
op.execute("DROP TABLE no_such_table")"""
SECOND_LOOK = "--> Starting operation: See that every host passed \n"


@pytest.fixture(scope="module")
def broken(lab: Lab) -> Iterator[LabHost]:
    """Return a host that serves a release whose migration cannot be taken back, with data."""
    host = lab.up("broken", groups=["playmaker"], layer=releases.layer(lab, "v3"))
    pushed = lab.origin.push(load.APP, load.migration(UP, DOWN), "Broken", branch="down", base="v3")
    run = load.release(lab, host, pushed)
    assert run.status == 0, run.output
    load.write(host, *KEPT)
    yield host
    lab.down(host.name)


@pytest.mark.slow
def test_a_downgrade_that_fails_ends_where_it_began_with_all_data(
    lab: Lab, broken: LabHost
) -> None:
    before = load.serves(broken)
    with Writers(broken, name="broken").at_work() as writers:
        run = back(lab, broken, rollback="downgrade")
        load.wait_until(lambda: load.serves(broken), "the site is open")

    assert run.status != 0
    assert "migration 0003 failed" in run.output
    assert "no such table: no_such_table" in run.output
    assert load.serves(broken) == before
    assert writers.strange() == []
    assert load.lost_or_doubled(broken, writers.told(201)) == []
    assert set(KEPT) <= set(load.names(broken))
    assert records(broken)[-1]["outcome"] == "undone"


@pytest.mark.slow
def test_code_over_a_revision_that_nobody_declared_is_refused(lab: Lab, broken: LabHost) -> None:
    before = load.serves(broken)

    run = back(lab, broken, rollback="code")

    assert run.status != 0
    assert 'declare Alembic(backward_compatible=("0003",)) in deploys/playmaker.py' in run.output
    assert run.steps(broken.name) == []
    assert load.serves(broken) == before


@pytest.mark.slow
def test_an_older_ref_that_does_not_know_the_schema_is_refused_with_the_ways_back(
    lab: Lab, broken: LabHost
) -> None:
    run = load.release(lab, broken, "v3")

    assert run.status != 0
    commit = load.commit(lab, "v3")[:12]
    said = f"rollback_to={commit} --data rollback=downgrade or restore"
    assert said in run.output
    assert run.steps(broken.name) == []


@pytest.mark.slow
def test_more_rows_than_the_word_names_keep_a_restore_from_happening(
    lab: Lab, broken: LabHost
) -> None:
    before = load.serves(broken)
    told = re.search(r"restore: loses what .*: (\d+) rows?", back(lab, broken).output)
    assert told
    data = {"rollback": "restore", "rollback_loses": told[1], "playmaker_domain": releases.DOMAIN}
    with releases.start(lab, "rollback", "--limit", broken.name, **data) as process:
        assert process.stdout
        # the word is right at the first look; then somebody writes
        said = "".join(iter(process.stdout.readline, SECOND_LOOK))
        with Writers(broken, clients=8, pause=0.02, name="more").at_work() as writers:
            said += process.communicate(timeout=300)[0]
    run = releases.Run(process.returncode, said)

    assert run.status != 0
    assert "Quiesce | Stop the app" in run.steps(broken.name)
    assert "would go; say that they may" in run.output
    assert "Rollback | Restore the backup" not in run.steps(broken.name)
    assert load.serves(broken) == before
    assert load.lost_or_doubled(broken, writers.told(201)) == []


@pytest.mark.slow
def test_a_restore_whose_release_is_not_well_puts_todays_data_back(
    lab: Lab, broken: LabHost
) -> None:
    before = load.serves(broken)
    (folder,) = broken.run(
        "ls -d /srv/playmaker/releases/*-" + load.commit(lab, "v3")[:12]
    ).stdout.split()
    broken.run(f"mv {folder}/app/main.py {folder}/app/gone.py")
    load.write(broken, "before the restore")

    run = back(
        lab, broken, rollback="restore", rollback_loses="all", playmaker_health_timeout_seconds="5"
    )

    broken.run(f"mv {folder}/app/gone.py {folder}/app/main.py")
    assert run.status != 0
    assert "Rollback | Restore the backup" in run.steps(broken.name)
    assert load.serves(broken) == before
    assert "before the restore" in load.names(broken)
    assert records(broken)[-1]["outcome"] == "undone"


@pytest.mark.slow
def test_a_release_whose_packages_are_gone_is_released_not_rolled_back_to(
    lab: Lab, broken: LabHost
) -> None:
    link = broken.run(
        f"readlink /srv/playmaker/releases/*-{load.commit(lab, 'v3')[:12]}/.venv"
    ).stdout.strip()
    environment = f"/srv/playmaker/environments/{link.rpartition('/')[2]}"
    broken.run(f"mv {environment}/.complete {environment}/.half")

    run = back(lab, broken, rollback="downgrade")

    broken.run(f"mv {environment}/.half {environment}/.complete")
    assert run.status != 0
    assert "of the release is gone from the host; release it" in run.output
    assert run.steps(broken.name) == []


@pytest.mark.slow
def test_hosts_that_would_go_to_different_releases_stay(lab: Lab) -> None:
    layer = {"one": releases.layer(lab, "v2"), "two": releases.layer(lab, "v3")}
    hosts = lab.up_all([HostSpec(name, ("playmaker",), layer=on) for name, on in layer.items()])
    limits = [word for host in hosts for word in ("--limit", host.name)]

    run = releases.pyinfra(
        lab, "rollback", *limits, playmaker_domain=releases.DOMAIN, rollback="code"
    )

    assert run.status != 0
    assert [run.steps(host.name) for host in hosts] == [[], []]
    assert load.serves(hosts[0]) == (load.commit(lab, "v2"), "0001")
    assert load.serves(hosts[1]) == (load.commit(lab, "v3"), "0002")
    lab.down(*(host.name for host in hosts))
