"""Jersey Events on a lab host, on either kind of database."""

import json
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from changeover.lab import Lab, LabHost, environment
from tests.e2e import load, releases
from tests.e2e.load import Site, Writers
from tests.e2e.releases import Run

APP = "jersey_events"
SITE = Site("jersey.test", "/api/artists")
OTHERS = (
    "admin.0003_logentry_add_action_flag_choices, auth.0012_alter_user_first_name_max_length,"
    " contenttypes.0002_remove_content_type_name, sessions.0001_initial"
)
FIRST = "accounts.0002_emailverificationtoken"
SECOND = "accounts.0004_migrate_existing_artists_to_sumup"
URL = "DATABASE_URL="

# what goes well on a copy of the data, and then does not
BROKEN = """\
import os

from django.db import migrations


def half(apps, _schema_editor):
    artists = apps.get_model("accounts", "ArtistProfile").objects
    if "CHANGEOVER_REHEARSAL" in os.environ:
        return artists.update(sumup_connection_status="not_connected")
    artists.filter(pk__lt=1500).update(display_name="lost", sumup_connection_status="not_connected")
    raise ValueError("half of the artists are migrated")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0003_add_sumup_oauth_fields")]
    operations = [migrations.RunPython(half, migrations.RunPython.noop)]
"""


@dataclass(frozen=True)
class Flavour:
    """A kind of database under the same app."""

    name: str
    url: str

    def environment(self, lab: Lab, folder: Path) -> Path:
        """Write the app's environment with this database."""
        lines = [line for line in environment.lines(lab.number, APP) if URL not in line]
        url = self.url
        if self is REMOTE:
            url = url.replace(STORE, lab.host(STORE).address)
        file = folder / f"{self.name}.env"
        file.touch(0o600)
        file.write_text("\n".join([*lines, f"{URL}{url}"]) + "\n")
        return file


SECRET = "leaked-a7f3c1e9"  # noqa: S105  nothing is behind it
PASSWORD = f"{SECRET}'word %d \u00e4\"$"
FLAVOURS = {
    "sqlite": Flavour("sqlite", "sqlite:///./db.sqlite3"),
    "postgres": Flavour(
        "postgres", f"postgresql://jersey:{quote(PASSWORD)}@localhost/jersey_events"
    ),
}
# a server elsewhere, as the docs want it: the role may make databases
STORE = "store"
REMOTE = Flavour("remote", FLAVOURS["postgres"].url.replace("localhost", STORE))
_SERVER = """set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install -y --no-install-recommends postgresql > /dev/null 2>&1
cd /etc/postgresql/*/main
echo "listen_addresses = '*'" > conf.d/lab.conf
echo 'host all all samenet scram-sha-256' >> pg_hba.conf
systemctl restart postgresql
runuser -u postgres -- psql -q -v ON_ERROR_STOP=1 -v password="$(cat /root/password)" <<'SQL'
CREATE ROLE jersey LOGIN CREATEDB PASSWORD :'password';
CREATE DATABASE jersey_events OWNER jersey;
SQL
"""


def store(lab: Lab) -> LabHost:
    """Return a host with a PostgreSQL server that Changeover has no part in."""
    host = lab.up(STORE, groups=["bare"], with_origin=False)
    host.run("cat > /root/password", text=PASSWORD)
    host.run("sh -s", text=_SERVER)
    return host


@dataclass(frozen=True)
class Deployed:
    """The app on a host of its own."""

    lab: Lab
    host: LabHost
    environment: Path

    @property
    def is_file(self) -> bool:
        """Tell whether its database is a file."""
        return "DATABASE_URL=sqlite:" in self.environment.read_text()

    def run(self, deploy: str, *options: str, **data: str) -> Run:
        """Run a deploy file against this host."""
        settings = self._settings(data)
        return releases.pyinfra(self.lab, deploy, "--limit", self.host.name, *options, **settings)

    def start(self, deploy: str, **data: str) -> "subprocess.Popen[str]":
        """Begin to run a deploy file; the caller waits for it, or kills it."""
        settings = self._settings(data)
        return releases.start(self.lab, deploy, "--limit", self.host.name, **settings)

    def _settings(self, data: dict[str, str]) -> dict[str, str]:
        settings = {f"{APP}_domain": SITE.domain, **data}
        return settings | {f"{APP}_env_command": "", f"{APP}_env_file": str(self.environment)}

    def release(self, ref: str, *options: str) -> Run:
        """Release a ref."""
        return self.run("release", *options, **{f"{APP}_ref": ref})

    def manage(self, *words: str) -> str:
        """Run a program of the release that serves, as the app and in its environment."""
        place = f"/srv/{APP}/current"
        unit = (
            f"-p User={APP} -p WorkingDirectory={place} -p EnvironmentFile=/srv/{APP}/shared/.env"
        )
        command = f"systemd-run --quiet --pipe --wait {unit} {place}/.venv/bin/python"
        return self.host.run(f"{command} {shlex.join(words)}", user="root").stdout

    def seen(self) -> set[str]:
        """Return every file that Changeover looks after, as it is, and which processes run."""
        state = "/var/lib/changeover /var/backups/changeover"
        places = f"/srv/{APP} /etc/systemd/system /etc/nginx {state}"
        # who reads a SQLite database makes and removes files beside it
        beside = f"! -name '*-shm' ! -name '*-wal' ! -path /srv/{APP}/shared"
        find = f"find {places} {beside} -printf '%p %s %m %u %T@ %l\\n'"
        runs = f"systemctl show -p MainPID,InvocationID {APP}.service nginx.service"
        return set(self.host.run(f"{find}; {runs}", user="root").stdout.splitlines())

    def moment(self, unit: str, what: str) -> int:
        """Return when a unit did something, such as ActiveEnter, in microseconds since the boot."""
        shown = self.host.run(f"systemctl show -p {what}TimestampMonotonic --value {unit}")
        return int(shown.stdout)

    def ledger(self, key: str) -> list[dict[str, Any]]:
        """Return the ledger's records that have a key, oldest first."""
        return [record for record in load.records(self.host, APP) if key in record]

    def serves(self, ref: str, head: str) -> bool:
        """Tell whether a ref serves on the schema with this head."""
        commit = ref if len(ref) == 40 else load.commit(self.lab, ref, APP)
        return load.serves(self.host, SITE) == (commit, f"{head}, {OTHERS}")

    def artists(self) -> list[str]:
        """Return key and name of each artist."""
        status, body = releases.get(self.host, SITE.path, SITE.domain)
        assert status == 200, body
        return [f"{one['key']} {one['name']}" for one in json.loads(body)]

    def lost(self, writers: Writers) -> list[str]:
        """Return the acknowledged writes that are not stored exactly once."""
        return load.lost_or_doubled(self.host, writers.told(201), SITE)

    def writers(self, name: str) -> Writers:
        """Return people who make artists."""
        return Writers(self.host, name=name, site=SITE)
