"""A snapshot as the probe would answer it: the way back of ``parse_snapshot``."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from changeover.plans.snapshot import HealthAnswer, Process, Release, Snapshot

TAKEN_AS_THEY_ARE = {
    "environment": (
        "env_mode",
        "env_keys",
        "env_unread",
        "env_public",
        "env_defaults",
        "kept_environments",
    ),
    "host": ("uid", "system", "systemd", "own_addresses", "clock", "free_kilobytes", "under_way"),
    "tools": ("uv", "node"),
    "code": ("current", "unfinished"),
    "database": ("database_url", "database_addresses"),
    "backups": ("unreadable", "orphans"),
    "changeover": ("generation", "latest", "once", "rehearsed", "open_changeover", "held"),
    "processes": ("quiesced", "port"),
    "site": ("maintenance", "site_enabled", "site_loaded", "nginx_active", "nginx_error"),
}
WHOLE = ("stamp", "users", "files", "folders", "foreign", "sizes")


def answer(snapshot: Snapshot, **more: Any) -> str:
    """Return what a host in this state answers to the probe; ``more`` are further parts."""
    return json.dumps({"probe": parts(snapshot) | more}) + "\n"


def parts(snapshot: Snapshot) -> dict[str, Any]:
    """Return the parts of that answer."""
    known = asdict(snapshot)
    told: dict[str, Any] = {name: known[name] for name in WHOLE}
    for part, names in TAKEN_AS_THEY_ARE.items():
        told[part] = {name: known[name] for name in names}
    told |= {name: sorted(known[name]) for name in ("packages", "environments")}
    told["leftovers"] = {"found": known["leftovers"], "crowded": known["crowded"]}
    releases = snapshot.releases.values()
    told["code"]["releases"] = {one.name: _release(one) for one in releases}
    told["changeover"] |= {
        "committed": {one.name: one.committed for one in releases if one.committed},
        "withdrawn": [one.name for one in releases if one.withdrawn],
    }
    found = known["database"]
    told["database"] |= {
        "database": found and found | {"revision": found["revisions"]},
        "aside": [(one.since, one.kilobytes, one.path) for one in snapshot.aside],
    }
    told["backups"]["backups"] = [
        one
        | {"verified": True, "source_fingerprint": one["fingerprint"]}
        | {"seconds": {"verification": one["seconds"]}}
        for one in known["backups"]
    ]
    running = snapshot.processes.items()
    told["processes"]["told"] = [
        " ".join((name, *row)) for name, one in running for row in _rows(one)
    ]
    claimed = snapshot.server_names.items()
    told["site"] |= {"server_names": [(file, name) for file, names in claimed for name in names]}
    told["site"] |= {"challenges": snapshot.tls.challenges, "timer": snapshot.tls.timer}
    found = {"app": snapshot.app_health, "site": snapshot.site_health}
    return told | {"health": {name: _health(one) for name, one in found.items()}}


def _release(release: Release) -> dict[str, Any]:
    about = {"commit": release.commit, "migrations": release.migrations_object}
    told = {"about": about | {"whole": release.whole}, "links": release.links}
    known = release.migrations
    return told if known is None else told | {"migrations": [step.dumped() for step in known]}


def _rows(process: Process) -> Iterator[tuple[str, str]]:
    for fact in ("active", "stopped", "enabled", "stale", "older"):
        yield fact, "yes" if getattr(process, fact) else "no"
    if process.release is not None:
        yield "release", process.release
    for kind in ("started", "detail"):
        yield from ((f"{kind}.{key}", value) for key, value in getattr(process, kind).items())


def _health(found: HealthAnswer | None) -> dict[str, Any] | None:
    return None if found is None else {"status": found.status, "said": found.body}
