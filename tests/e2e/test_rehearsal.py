"""Migrations are tried on a copy of the data first; one that fails there closes nothing."""

import json
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import load, releases
from tests.e2e.conftest import NewHost
from tests.e2e.jersey import APP, FLAVOURS, SITE, Deployed
from tests.e2e.load import KEPT, Writers
from tests.e2e.matrix.flavours import POSTGRES

pytestmark = pytest.mark.lab

FIRST = "accounts.0002_emailverificationtoken"
OAUTH = "accounts.0003_add_sumup_oauth_fields"
SECOND = "accounts.0004_migrate_existing_artists_to_sumup"
STEP = "Rehearse | Rehearse migrations on a copy of the data"
ARTISTS = "accounts_artistprofile"
LOG = f"/var/lib/changeover/{APP}/rehearsal.log"
SEEDED = 300
PLANTED = """\
import time

from django.db import migrations


def plant(apps, _schema_editor):
    artists = apps.get_model("accounts", "ArtistProfile").objects
    artists.update(display_name="lost")
    {what}


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0003_add_sumup_oauth_fields")]
    operations = [migrations.RunPython(plant, migrations.RunPython.noop)]
"""


def told(run: releases.Run, host: LabHost) -> list[str]:
    """Return the lines of the rehearsal."""
    lines = (line.strip().removeprefix(f"[{host.name}] ") for line in run.output.splitlines())
    return [line.removeprefix("rehearsal: ") for line in lines if line.startswith("rehearsal: ")]


def kept(host: LabHost, app: str) -> dict[str, Any]:
    """Return what the host keeps of the last rehearsal that went well."""
    path = f"/var/lib/changeover/{app}/rehearsed.json"
    return dict(json.loads(host.run(f"cat {path}").stdout))


def nothing_left(host: LabHost, app: str) -> bool:
    """Tell whether neither a folder nor a scratch database of a rehearsal is there."""
    folder = host.run(f"ls -A /var/lib/changeover/{app}").stdout.split()
    query = "SELECT datname FROM pg_database WHERE datname LIKE 'changeover_scratch%'"
    server = "command -v psql > /dev/null || exit 0; runuser -u postgres -- psql -AtXc"
    unit = host.run(f"systemctl is-active changeover-{app}-migrate.service", check=False).stdout
    databases = host.run(f'cd /; {server} "{query}"').stdout.split()
    return "rehearsal" not in folder and databases == [] and unit.strip() == "inactive"


@pytest.mark.slow
def test_on_sqlite_a_step_is_told_with_its_time_and_its_lock(lab: Lab, new_host: NewHost) -> None:
    host = new_host("rehearsed", "v2")
    load.write(host, *KEPT)
    dry = load.release(lab, host, "v3", "--dry")
    files = set(host.run("ls -A /srv/playmaker/shared").stdout.split())
    with Writers(host).at_work() as writers:
        run = load.release(lab, host, "v3")

    assert STEP in dry.planned()
    assert run.status == 0, run.output
    steps = run.steps(host.name)
    assert steps.index(STEP) < next(n for n, step in enumerate(steps) if "Maintenance" in step)
    lines = told(run, host)
    assert any(
        line.startswith("0002: took ") and "the whole database is locked meanwhile" in line
        for line in lines
    ), run.output
    assert not [line for line in lines if "DESTRUCTIVE" in line]
    assert any("the migrated copy is as expected" in line for line in lines)
    assert nothing_left(host, load.APP)
    left = set(host.run("ls -A /srv/playmaker/shared").stdout.split())
    assert left - files <= {"playmaker.db-wal", "playmaker.db-shm"}
    assert load.lost_or_doubled(host, writers.told(201)) == []
    # what was rehearsed is done, and says nothing of another time
    assert "rehearsed.json" not in host.run("ls -A /var/lib/changeover/playmaker").stdout
    again = load.release(lab, host, "v3")
    assert again.steps(host.name) == []
    assert "no migration waits" in again.output


@pytest.mark.slow
def test_a_rehearsal_counts_for_the_next_run_of_the_same_release(
    lab: Lab, new_host: NewHost
) -> None:
    host = new_host("twice", "v2")
    load.write(host, *KEPT)
    # the app cannot be quiesced while somebody else has its data open
    reads = "exec sleep 600 3< /srv/playmaker/shared/playmaker.db"
    host.run(f"systemd-run --quiet --unit=reader bash -c '{reads}'")
    stopped = load.release(lab, host, "v3")
    host.run("systemctl stop reader")
    assert stopped.status == 1, stopped.output
    assert kept(host, load.APP)["revisions"] == ["0001"]

    run = load.release(lab, host, "v3")

    assert run.status == 0, run.output
    assert STEP in stopped.steps(host.name)
    assert STEP in run.steps(host.name, "No changes")
    assert "0002 went well on a copy of the data, on " in run.output
    assert load.names(host) == list(KEPT)


@pytest.fixture(scope="module")
def deployed(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Return a host on which Jersey Events' v1 serves from PostgreSQL, with some artists."""
    host = lab.up("rehearsed-postgres", groups=[APP], layer=POSTGRES.layer(lab, "v1"))
    folder = tmp_path_factory.mktemp("environment")
    made = Deployed(lab, host, FLAVOURS["postgres"].environment(lab, folder))
    run = made.release("v1")
    assert run.status == 0, run.output
    made.manage("manage.py", "seed_artists", str(SEEDED))
    yield made
    lab.down(host.name)


def planted(deployed: Deployed, name: str, what: str) -> str:
    """Push a commit whose second migration does something of our own; return its id."""
    path = f"{SECOND.replace('.', '/migrations/')}.py"
    text = PLANTED.format(what=what)
    return deployed.lab.origin.push(APP, {path: text}, name, branch=name, base="v2")


def test_a_migration_that_fails_in_its_rehearsal_closes_nothing(deployed: Deployed) -> None:
    host = deployed.host
    broken = planted(deployed, "broken", 'raise ValueError("these artists cannot be migrated")')
    before = deployed.artists()
    with deployed.writers("broken").at_work() as writers:
        run = deployed.release(broken)

    assert run.status == 1, run.output
    assert f"[{host.name}] ValueError: these artists cannot be migrated" in run.output
    assert f"migration {SECOND} failed in its rehearsal, on a copy of the data" in run.output
    assert "nothing was changed and the site was not closed. Mend it" in run.output
    assert "Traceback" not in run.output.replace("Traceback (most recent call last):\n", "", 1)
    assert set(writers.statuses()) == {201}, writers.statuses()
    assert deployed.lost(writers) == []
    assert deployed.artists()[: len(before)] == before
    assert deployed.serves("v1", FIRST)
    assert nothing_left(host, APP)
    assert not [step for step in run.steps(host.name) if "Maintenance" in step]
    record = deployed.ledger("schema_before")[-1]
    assert (record["outcome"], record["why"]) == ("undone", "rehearse.migrations failed")


@pytest.mark.slow
def test_a_controller_that_dies_in_a_rehearsal_leaves_no_database(deployed: Deployed) -> None:
    host = deployed.host
    slow = planted(deployed, "slow", "time.sleep(600)")
    data = {f"{APP}_ref": slow, f"{APP}_domain": SITE.domain, f"{APP}_env_command": ""}
    data |= {f"{APP}_env_file": str(deployed.environment)}
    host.run(f"rm -f {LOG}")  # the one before it came as far
    with deployed.writers("slow").at_work() as writers:
        with releases.start(deployed.lab, "release", "--limit", host.name, **data) as process:
            load.wait_until(lambda: _sleeps(host), "the planted migration runs", 180)
            process.send_signal(signal.SIGKILL)
        load.wait_until(
            lambda: deployed.ledger("schema_before")[-1]["to"]["commit"] == slow, "undone"
        )

    assert deployed.ledger("schema_before")[-1]["outcome"] == "undone"
    assert nothing_left(host, APP)
    assert set(writers.statuses()) == {201}, writers.statuses()
    assert deployed.serves("v1", FIRST)


def _sleeps(host: LabHost) -> bool:
    """Tell whether the second migration was begun on the copy."""
    return "Applying accounts.0004" in host.run(f"cat {LOG}", check=False).stdout


@pytest.mark.slow
def test_on_postgresql_each_step_is_told_with_its_locks(deployed: Deployed) -> None:
    host = deployed.host
    with deployed.writers("told").at_work() as writers:
        run = deployed.release("v2")

    assert run.status == 0, run.output
    lines = told(run, host)
    assert any(
        line.startswith(f"{OAUTH}: took ")
        and f"{ARTISTS} AccessExclusiveLock (nobody else can read or write)" in line
        for line in lines
    ), run.output
    assert any(line.startswith(f"{SECOND}: {ARTISTS}: ") and "changed" in line for line in lines)
    assert not [line for line in lines if "DESTRUCTIVE" in line]
    assert nothing_left(host, APP)
    assert writers.strange() == []
    assert deployed.lost(writers) == []
    assert deployed.serves("v2", SECOND)
