"""The judge: what was lost, after a fault and after the release that follows it."""

import json
from typing import Any

from tests.e2e import load
from tests.e2e.matrix.faults import Fault
from tests.e2e.matrix.scene import Scene
from tests.e2e.matrix.traffic import Look, Traffic
from tests.e2e.matrix.updates import COMMIT, Served
from tests.lab import LabHost

# Read as the app's user, so that no file of the database becomes another's.
_READ_DATABASE = """
import json, pathlib, sqlite3
path = pathlib.Path("/srv/playmaker/shared/playmaker.db")
found = None
if path.exists() and path.stat().st_size:
    connection = sqlite3.connect(path)
    ask = lambda words: [row[0] for row in connection.execute(words)]
    found = {
        "integrity": ask("PRAGMA integrity_check"),
        "strangers": ask("SELECT \\"table\\" FROM pragma_foreign_key_check"),
        "revisions": ask("SELECT version_num FROM alembic_version"),
    }
print(json.dumps(found))
"""


def database(host: LabHost, served: Served) -> list[str]:
    """Return what is wrong with the database under the release that serves."""
    found = json.loads(host.run("python3 -", user=load.APP, text=_READ_DATABASE).stdout)
    if served.schema is None:
        return [f"a database is left without a release for it: {found}"] if found else []
    if found is None:
        return ["the database is gone"]
    wanted = {"integrity": ["ok"], "strangers": [], "revisions": [served.schema]}
    return [f"{key} is {found[key]}" for key in wanted if found[key] != wanted[key]]


def writes(host: LabHost, traffic: Traffic) -> list[str]:
    """Return acknowledged writes that are not there exactly once."""
    lost = load.lost_or_doubled(host, traffic.writers.told(201))
    return [f"LOST or doubled {len(lost)} acknowledged writes: {lost[:3]}"] if lost else []


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
        "schema_before": (record["schema_before"], [schema] if schema else []),
    }
    found = [
        f"the ledger says {what} {a!r}, it was {b!r}" for what, (a, b) in facts.items() if a != b
    ]
    if not forward and fault.why not in record["why"]:
        found.append(f"the ledger says why {record['why']!r}, it was {fault.why!r}")
    return found


def away(record: dict[str, Any], traffic: Traffic) -> list[str]:
    """Return whether the ledger is silent about a site that visitors found closed."""
    if traffic.was_closed() and not record["away_seconds"]:
        return ["visitors were told 503, and the ledger says that the site was never away"]
    return []


def leftovers(host: LabHost) -> list[str]:
    """Return the files that only an unfinished release has."""
    places = "/srv/playmaker /var/lib/changeover /var/backups/changeover /etc/nginx /etc/systemd"
    names = ("*.new", ".work", ".gone", "candidate.env*", "maintenance*", "quiesced*", "*.????????")
    works = (".sqlite_backup", "rehearsal")
    wanted = " -o ".join(f"-name '{name}'" for name in (*names, ".*.[0-9]*", *works))
    deep = "-path '*/environments/*/*' -o -path '*/releases/*/*' -o -path '*/repository.git/*'"
    found = host.run(
        f"find {places} \\( {deep} -o -path '*/builds/*/*' \\) -prune -o \\( {wanted} \\) -print;"
        " find /srv/playmaker/releases -mindepth 1 -maxdepth 1 -name '.*'"
    )
    return found.stdout.splitlines()
