"""The judge: what was lost, after a fault and after the release that follows it."""

from collections.abc import Mapping
from typing import Any

from changeover.lab import LabHost
from tests.e2e import load
from tests.e2e.load import Attempt
from tests.e2e.matrix.faults import Fault
from tests.e2e.matrix.scene import Scene
from tests.e2e.matrix.traffic import Look, Traffic
from tests.e2e.matrix.updates import COMMIT, Served, Update

_VERIFY = """
cd /var/backups/changeover/{app} 2> /dev/null || exit 0
for manifest in *.json; do
    [ ! -e "$manifest" ] || said=$({verify} --manifest "$manifest" 2>&1 > /dev/null) || echo "$said"
done
"""
_ORPHANS = """
cd /var/backups/changeover/{app} 2> /dev/null || exit 0
for file in *.zst; do [ ! -e "$file" ] || [ -e "${{file%.*.zst}}.json" ] || echo "$file"; done
"""


def writes(told: list[Attempt], found: Mapping[str | None, list[int]]) -> list[str]:
    """Return acknowledged writes that are not in what was found exactly once."""
    lost = load.not_as_told(told, found)
    return [f"LOST or doubled {len(lost)} acknowledged writes: {lost[:3]}"] if lost else []


def backups(host: LabHost, update: Update, record: dict[str, Any]) -> list[str]:
    """Return the backups that cannot be restored, and a migration's without one in its record."""
    command = _VERIFY.format(app=update.flavour.app, verify=update.flavour.database.verify)
    found = host.run(command, user="root").stdout.splitlines()
    if update.schemas[0] in (None, update.schemas[1]):
        return found
    noted = record.get("backup") or "none"
    if host.run(f"test -e {noted}", check=False, user="root").returncode:
        found.append(f"the backup of the ledger is {noted}, which is not there")
    return found


def whole(scene: Scene) -> list[str]:
    """Return what keeps the host from being at rest."""
    state = scene.state
    left = [name for name in ("stuck", "maintenance", "quiesced") if (state / name).exists()]
    found = [f"{name} is left" for name in left]
    if scene.is_open():
        found.append(f"a changeover is open at {scene.entries()[-1:]}")
    if scene.is_locked():
        found.append("the lock is held")
    return found


def visitors(seen: Look, traffic: Traffic, allowed: set[Served]) -> list[str]:
    """Return what visitors see wrong: now, and at any time before."""
    strange = traffic.served() - allowed
    found = [f"{release} answered on schema {schema}" for release, schema in strange]
    if not seen.well:
        found.append(f"the site answers {seen.status or 'nothing'}")
    return found


def ledger(
    records: list[dict[str, Any]],
    about: dict[str, Any],
    moment: str,
    fault: Fault,
    served: tuple[Served, Served],
) -> list[str]:
    """Return what the ledger does not tell as it was, of the one changeover that was struck."""
    own = [record for record in records if record["id"] == about["id"]]
    if len(own) != 1:
        return [f"the ledger has {len(own)} records of the changeover"]
    record, forward = own[0], moment == COMMIT
    told = {key: (record.get(key) or {}).get("commit") for key in ("from", "to")}
    schema = served[0].schema
    facts = {
        "outcome": (record["outcome"], "committed" if forward else "undone"),
        "by": (record["by"], fault.by),
        "from and to": (told, {"from": served[0].release, "to": served[1].release}),
        "schema_before": (record["schema_before"], schema.split(", ") if schema else []),
    }
    found = [
        f"the ledger says {what} {a!r}, it was {b!r}" for what, (a, b) in facts.items() if a != b
    ]
    excused = fault.or_why and record["why"] == fault.or_why
    if not forward and fault.why not in record["why"] and not excused:
        found.append(f"the ledger says why {record['why']!r}, it was {fault.why!r}")
    return found


def away(record: dict[str, Any], traffic: Traffic) -> list[str]:
    """Return whether the ledger is silent about a site that visitors found closed."""
    if traffic.was_closed() and not record["away_seconds"]:
        return ["visitors were told 503, and the ledger says that the site was never away"]
    return []


def evidence(host: LabHost, app: str) -> str:
    """Return what the host is doing, for a person who asks why it is not at rest."""
    look = f"""ps -e -o pid,etimes,stat,wchan:24,args --forest
    cd /var/lib/changeover/{app}; tail -n 30 ?*do.d/events stuck
    journalctl -n 40 --no-pager -o short-precise"""
    said = host.run(look, check=False, user="root").stdout
    return f"\n==== what the host was doing ====\n{said}"


def leftovers(host: LabHost, app: str) -> list[str]:
    """Return the files that only an unfinished release has."""
    places = f"/srv/{app} /var/lib/changeover /var/backups/changeover /etc/nginx /etc/systemd"
    names = ("*.new", ".work", ".gone", "candidate.env*", "maintenance*", "quiesced*", "*.????????")
    work = (".*.[0-9]*", ".sqlite_backup", ".postgres_backup", "rehearsal")
    wanted = " -o ".join(f"-name '{name}'" for name in (*names, *work))
    deep = "-path '*/environments/*/*' -o -path '*/releases/*/*' -o -path '*/repository.git/*'"
    found = host.run(
        f"find {places} \\( {deep} -o -path '*/builds/*/*' \\) -prune -o \\( {wanted} \\) -print;"
        f" find /srv/{app}/releases -mindepth 1 -maxdepth 1 -name '.*';{_ORPHANS.format(app=app)}"
    )
    return found.stdout.splitlines()
