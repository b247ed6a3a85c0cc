"""The checks of data after a deploy: green on a sound host, and each can fail."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from changeover.lab import Lab
from tests.e2e.jersey import APP, FLAVOURS, SECRET, Deployed
from tests.e2e.matrix.flavours import POSTGRES
from tests.e2e.often import often
from tests.e2e.releases import checks

pytestmark = pytest.mark.lab

BACKUPS = f"/var/backups/changeover/{APP}"
ARTIFACT = f"{BACKUPS}/$(ls {BACKUPS} | grep -v 'json$')"
RESET = "UPDATE accounts_artistprofile SET sumup_connection_status = 'not_connected' WHERE id = 1"
# what is said, what makes it so, and the way back
BREAKS = {
    "accounts_artistprofile.sumup_scope: expected varchar(255), there is no such column": (
        "ALTER TABLE accounts_artistprofile RENAME COLUMN sumup_scope TO scope",
        "ALTER TABLE accounts_artistprofile RENAME COLUMN scope TO sumup_scope",
    ),
    "accounts_artistprofile.sumup_connection_status: expected no NULL, found 1 row with it": (
        "UPDATE accounts_artistprofile SET sumup_connection_status = NULL WHERE id = 1",
        RESET,
    ),
    "found 'odd' (1 row)": (
        "UPDATE accounts_artistprofile SET sumup_connection_status = 'odd' WHERE id = 1",
        RESET,
    ),
    "every artist has a user: expected 19, found 20": (
        "UPDATE accounts_artistprofile SET user_id = -user_id WHERE id = 1",
        "UPDATE accounts_artistprofile SET user_id = -user_id WHERE id = 1",
    ),
    "not applied: accounts.0004_migrate_existing_artists_to_sumup": (
        "DELETE FROM django_migrations WHERE name = '0004_migrate_existing_artists_to_sumup'",
        "INSERT INTO django_migrations (app, name, applied)"
        " VALUES ('accounts', '0004_migrate_existing_artists_to_sumup', CURRENT_TIMESTAMP)",
    ),
}


@dataclass(frozen=True)
class Checked:
    """A host that serves v2, migrated with twenty artists."""

    deployed: Deployed
    sqlite: bool

    def sql(self, statement: str) -> None:
        """Change the data behind the app's back."""
        host = self.deployed.host
        if self.sqlite:
            file = f"/srv/{APP}/shared/db.sqlite3"
            program = "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); "
            program += "d.execute(sys.argv[2]); d.commit()"
            host.run(shlex.join(["python3", "-c", program, file, statement]), user="root")
            return
        # a replica's session is not held to foreign keys
        options = "PGOPTIONS='-c session_replication_role=replica'"
        command = shlex.join(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", APP, "-c", statement])
        host.run(f"cd / && {options} {command}", user="postgres")


@pytest.fixture(scope="module", params=often(FLAVOURS, lambda kind: kind == "postgres"))
def checked(
    lab: Lab, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Checked]:
    """Return a host on which v1 and then v2 was released; PostgreSQL's asks sudo's password."""
    sqlite = request.param == "sqlite"
    if sqlite:
        host = lab.up("sql-sqlite", groups=[APP])
    else:
        layer = POSTGRES.layer(lab, "v1")
        host = lab.up("sql-postgres", groups=[APP], layer=layer, user="admin", sudo_password=True)
    environment = FLAVOURS[request.param].environment(lab, tmp_path_factory.mktemp("environment"))
    deployed = Deployed(lab, host, environment)
    # the site's name as the lab's inventory has it, and so the checks
    name = {f"{APP}_domain": host.address}
    for ref in ("v1", "v2"):
        run = deployed.run("release", **{f"{APP}_ref": ref, **name})
        assert run.status == 0, run.output
        deployed.manage("manage.py", "seed_artists", "20")
    yield Checked(deployed, sqlite)
    lab.down(host.name)


def test_a_sound_host_passes_every_check(lab: Lab, checked: Checked) -> None:
    found = checks(lab, checked.deployed.host)

    assert found.status == 0, found.output
    assert "skipped" not in found.output


@pytest.mark.parametrize("said", often(BREAKS, lambda said: said.startswith("not")))
def test_each_check_of_data_can_fail(lab: Lab, checked: Checked, said: str) -> None:
    how, back = BREAKS[said]
    checked.sql(how)
    try:
        found = checks(lab, checked.deployed.host, "-k", "data_is_as or itself_names", "-vvv", "-l")
    finally:
        checked.sql(back)

    assert found.status == 1, found.output
    assert said in found.output
    assert SECRET not in found.output
    assert (checked.deployed.host.sudo_password or SECRET) not in found.output


@pytest.mark.slow
def test_a_damaged_backup_is_no_way_back(lab: Lab, checked: Checked) -> None:
    host = checked.deployed.host
    damage = f"printf x | dd of={ARTIFACT} bs=1 seek=100 conv=notrunc status=none"
    host.run(f"cp {ARTIFACT} /root/was && {damage}", user="root")
    try:
        found = checks(lab, host, "-k", "verified_way_back")
    finally:
        host.run(f"cp /root/was {ARTIFACT}", user="root")

    assert found.status == 1, found.output
    assert "1 failed" in found.output
