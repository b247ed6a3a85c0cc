"""What many small migrations cost, beside the engine's own command on a copy of the same data."""

import re
import time
from collections.abc import Callable
from pathlib import Path

from bench.hosts import BenchError
from changeover.lab import Lab
from tests.e2e.jersey import APP, FLAVOURS, Deployed
from tests.e2e.matrix.flavours import POSTGRES

_FOLDER = "accounts/migrations"
_LAST = "0002_emailverificationtoken"
# each odd one adds a column, and the next takes it away
_STEP = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "{after}")]
    operations = [migrations.{operation}]
"""
_ADD = 'AddField("artistprofile", "bench", models.IntegerField(null=True))'
_REMOVE = 'RemoveField("artistprofile", "bench")'
# as the app, in the release that serves, on a database of its own beside the app's
_OWN = """set -eu
runuser -u postgres -- psql -q -c 'DROP DATABASE IF EXISTS own'
runuser -u postgres -- createdb -O jersey own
{fill}
cd /srv/{app}/current
set -a; . /srv/{app}/shared/.env; set +a
export DATABASE_URL=$(printf %s "$DATABASE_URL" | sed 's,/{app}$,/own,')
began=$(date +%s%N)
as_app='setpriv --reuid {app} --regid {app} --clear-groups'
$as_app .venv/bin/python manage.py migrate -v 1 > /dev/null
echo $(( ($(date +%s%N) - began) / 1000000 ))
"""
_FILL = "runuser -u postgres -- psql -q -o /dev/null own < /root/before.sql"
_DUMP = f"runuser -u postgres -- pg_dump {APP} > /root/before.sql"
_TOOK = re.compile(rf"{APP} (migrate|rehearse)\s+([0-9.]+)$", re.MULTILINE)
Tell = Callable[[str], object]


def measure(lab: Lab, scratch: Path, steps: int, tell: Tell) -> str:
    """Return how long so many take in an update, in its rehearsal and in a first release."""
    ref = _push(lab, steps)
    lines = []
    for state, fill in (("v1", _FILL), ("provisioned", ":")):
        host = lab.up("migrating", groups=[APP], layer=POSTGRES.layer(lab, state))
        deployed = Deployed(lab, host, FLAVOURS["postgres"].environment(lab, scratch))
        if state == "v1":
            deployed.manage("manage.py", "seed_artists", "3000")
            host.run(_DUMP)
        began = time.monotonic()
        run = deployed.release(ref)
        if run.status:
            raise BenchError(run.output)
        took = {phase: float(seconds) for phase, seconds in _TOOK.findall(run.output)}
        own = int(host.run(_OWN.format(app=APP, fill=fill)).stdout) / 1000
        told = ", ".join(
            f"{phase} {seconds:.1f} s ({seconds / own:.2f} of it)"
            for phase, seconds in took.items()
        )
        where = "a filled database" if state == "v1" else "a new one"
        lines.append(f"{steps} steps on {where}: Django alone {own:.1f} s; {told}")
        tell(f"{lines[-1]}; the release {time.monotonic() - began:.1f} s")
        lab.down("migrating")
    return "\n".join(lines)


def _push(lab: Lab, steps: int) -> str:
    changes: dict[str, str | None] = {}
    after = _LAST
    for number in range(steps):
        name = f"{number + 3:04}_bench"
        operation = _REMOVE if number % 2 else _ADD
        changes[f"{_FOLDER}/{name}.py"] = _STEP.format(after=after, operation=operation)
        after = name
    return lab.origin.push(APP, changes, f"Add {steps} migrations", branch="many", base="v1")
