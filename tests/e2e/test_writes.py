"""People write while a release happens: what they were told is stored, is stored exactly once."""

import json
from collections.abc import Iterator
from functools import partial

import pytest

from changeover.lab import Lab
from tests.e2e import load, releases
from tests.e2e.load import UnderLoad, Writers
from tests.e2e.restarts import Restarts

pytestmark = pytest.mark.lab

MAIN = releases.ROOT / "tests/apps/playmaker/v2/app/main.py"
VERIFY = "/usr/local/lib/changeover/sqlite_backup verify --manifest"
BACKUPS = "/var/backups/changeover/playmaker"


@pytest.fixture(scope="module")
def migrated(lab: Lab) -> Iterator[UnderLoad]:
    """Return what happened to writers while v3 and its migration were released over v2."""
    host = lab.up("written", groups=["playmaker"], layer=releases.layer(lab, "v2"))
    with Writers(host).at_work() as writers:
        run = load.release(lab, host, "v3")
    yield UnderLoad(host, run, writers)
    lab.down(host.name)


def test_a_migration_loses_no_acknowledged_write(migrated: UnderLoad) -> None:
    assert migrated.run.status == 0, migrated.run.output
    assert "Migrate | Apply migrations" in migrated.run.steps(migrated.host.name)
    print(f"away for {migrated.writers.seconds_away():.1f} s, {migrated.writers.statuses()}")  # noqa: T201  a measurement

    assert migrated.writers.strange() == []
    assert load.lost_or_doubled(migrated.host, migrated.writers.told(201)) == []
    first_refusal = migrated.writers.told(503)[0].started
    assert max(write.started for write in migrated.writers.told(201)) > first_refusal


def test_a_closed_site_tells_clients_of_json_when_to_come_back(migrated: UnderLoad) -> None:
    refused = migrated.writers.told(503)

    assert refused
    assert {attempt.headers.get("retry-after") for attempt in refused} == {"120"}
    assert {attempt.headers.get("content-type") for attempt in refused} == {"application/json"}
    assert {json.loads(attempt.body)["error"] for attempt in refused} == {"maintenance"}


def test_the_backup_verifies_and_one_flipped_bit_is_found(migrated: UnderLoad) -> None:
    found = migrated.host.run(f"ls {BACKUPS}/*.json").stdout.splitlines()
    assert len(found) == 1
    said = json.loads(migrated.host.run(f"{VERIFY} {found[0]}").stdout)
    assert said["verified"] is True

    artefact = json.loads(migrated.host.run(f"cat {found[0]}").stdout)["artefact"]["name"]
    path = migrated.host.root / BACKUPS[1:] / artefact
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    damaged = migrated.host.run(f"{VERIFY} {found[0]}", check=False)
    assert damaged.returncode == 1
    assert "another SHA-256" in damaged.stderr


def test_a_release_of_code_alone_closes_nothing_and_loses_nothing(
    lab: Lab, migrated: UnderLoad
) -> None:
    changed = MAIN.read_text().replace('title="PlayMaker"', 'title="PlayMaker, renamed"')
    renamed = lab.origin.push(
        load.APP, {"app/main.py": changed}, "Rename it", branch="renamed", base="v3"
    )
    restarts = Restarts()
    with Writers(migrated.host, name="rename").at_work() as writers, restarts.one():
        run = load.release(lab, migrated.host, renamed)
    assert run.status == 0, run.output
    print(f"slowest write {writers.longest_wait():.1f} s, {writers.statuses()}")  # noqa: T201  a measurement

    assert load.serves(migrated.host) == (renamed, "0002")
    assert writers.told(503) == []
    found = load.stored(migrated.host)
    assert load.not_as_told(writers.told(201), found) == []
    assert restarts.too_much(writers.strange(), found) == []
    assert "Backup | Take a verified backup" not in run.steps(migrated.host.name)


@pytest.mark.slow
def test_a_restart_cuts_one_write_of_each_client_at_most_however_busy_the_site(
    migrated: UnderLoad,
) -> None:
    restarts = Restarts()
    with Writers(migrated.host, clients=12, pause=0, name="busy").at_work() as writers:
        for _ in range(20):
            before = len(writers.told(201))
            with restarts.one():
                migrated.host.run("systemctl restart playmaker.service")
            load.wait_until(partial(writers.acknowledged, before + 50), "writes go on")
    print(f"{len(restarts.spans)} restarts: {writers.statuses()}")  # noqa: T201  a measurement

    assert writers.told(503) == []
    found = load.stored(migrated.host)
    assert load.not_as_told(writers.told(201), found) == []
    assert restarts.too_much(writers.strange(), found) == []
