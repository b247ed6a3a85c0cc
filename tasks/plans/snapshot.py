"""What the probe found, parsed: the state of one app on one host at one moment."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from dotenv import dotenv_values


@dataclass(frozen=True)
class Release:
    """A finished release folder."""

    name: str
    commit: str
    migrations_object: str | None
    """Git's object id of its migration scripts."""
    links: Mapping[str, str]
    migrations: tuple[Mapping[str, Any], ...] | None = None
    """Its migration history, oldest first, once read."""
    verified: int | None = None
    """When it last proved healthy, seconds since 1970; None: never."""


@dataclass(frozen=True)
class Backup:
    """A backup that was restored once and compared."""

    manifest: str
    release: str
    revisions: tuple[str, ...]
    started: str
    fingerprint: Any


@dataclass(frozen=True)
class Database:
    """The SQLite database that the environment names."""

    path: str
    revisions: tuple[str, ...]
    fingerprint: Any
    error: str | None = None


@dataclass(frozen=True)
class Unit:
    """A systemd unit as it is now."""

    active: bool = False
    enabled: bool = False
    stale: bool = False
    """The unit's file changed since systemd read it."""


@dataclass(frozen=True)
class Answer:
    """What a health address answered."""

    status: int
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """The state of one app on one host."""

    uid: int = -1
    system: str = ""
    systemd: bool = False
    clock: int = 0
    free_kilobytes: int = 0
    packages: frozenset[str] = frozenset()
    users: Mapping[str, str] = field(default_factory=dict)
    """User to its comment field."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Path to SHA-256."""
    folders: Mapping[str, str] = field(default_factory=dict)
    """Path to ``user group mode``."""
    foreign: tuple[str, ...] = ()
    """What stands in the way and is not ours: ``directory PATH`` or ``file PATH``."""
    uv: str | None = None
    node: Mapping[str, str] = field(default_factory=dict)
    """Major version of Node to the exact one."""
    releases: Mapping[str, Release] = field(default_factory=dict)
    unfinished: tuple[str, ...] = ()
    current: str | None = None
    environments: frozenset[str] = frozenset()
    """Complete Python environments, node_modules and builds."""
    leftovers: tuple[str, ...] = ()
    """Full paths of environments and builds that never became complete."""
    env_mode: str | None = None
    """``mode user`` of the environment file; None where there is none."""
    env_keys: tuple[str, ...] = ()
    env_public: Mapping[str, str] = field(default_factory=dict)
    database_url: str | None = None
    """SQLite URL in force; ``other`` for another kind of database."""
    database: Database | None = None
    backups: tuple[Backup, ...] = ()
    unreadable: tuple[str, ...] = ()
    """Manifests that cannot be read."""
    orphans: tuple[str, ...] = ()
    """Artefacts that never became a backup."""
    service: Unit = Unit()
    socket: Unit = Unit()
    running: str | None = None
    """Release that the running process was started in."""
    started: Mapping[str, str] = field(default_factory=dict)
    """What the unit ran with when it was last started: release, environment, unit."""
    maintenance: str | None = None
    """Why the site is closed; None where it is open."""
    quiesced: bool = False
    site_enabled: str | None = None
    site_loaded: str | None = None
    """SHA-256 of the site that nginx last loaded."""
    nginx_active: bool = False
    nginx_error: str | None = None
    server_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Configuration file to the server names it claims."""
    app_health: Answer | None = None
    site_health: Answer | None = None


def parse_snapshot(lines: Sequence[str]) -> Snapshot:
    """Read what the probe printed. Raises ValueError when it was cut short."""
    sections: dict[str, list[str]] = {}
    rows: list[str] = []
    for line in lines:
        if line.startswith("@@"):
            rows = sections.setdefault(line[2:], [])
        elif line:
            rows.append(line)
    if "end" not in sections:
        raise ValueError("the probe was cut short")
    return Snapshot(
        **_host(sections),
        **_code(sections),
        **_environment(sections),
        **_data(sections),
        **_service(sections),
        **_site(sections),
    )


def _pairs(rows: Sequence[str], kind: str) -> list[str]:
    return [row.removeprefix(f"{kind} ") for row in rows if row.startswith(f"{kind} ")]


def _one(rows: Sequence[str], kind: str) -> str | None:
    found = _pairs(rows, kind)
    return found[0] if found else None


def _host(sections: Mapping[str, list[str]]) -> dict[str, Any]:
    host = sections["host"]
    tools = sections["tools"]
    return {
        "uid": int(_one(host, "uid") or -1),
        "system": _one(host, "system") or "",
        "systemd": _one(host, "systemd") is not None,
        "clock": int(_one(host, "clock") or 0),
        "free_kilobytes": int(_one(host, "free_kilobytes") or 0),
        "packages": frozenset(sections["packages"]),
        "users": {row.split(":")[0]: row.split(":")[4] for row in sections["users"]},
        "files": {
            path: digest for digest, path in (row.split("  ", 1) for row in sections["files"])
        },
        "folders": dict(row.split(" ", 1) for row in sections["paths"]),
        "foreign": tuple(sections["foreign"]),
        "uv": _one(tools, "uv"),
        "node": dict(row.split(" ", 1) for row in _pairs(tools, "node")),
    }


def _code(sections: Mapping[str, list[str]]) -> dict[str, Any]:
    rows = sections["releases"]
    links: dict[str, dict[str, str]] = {}
    for row in _pairs(rows, "link"):
        name, path, target = row.split("\t", 2)
        links.setdefault(name, {})[path] = target
    migrations = {name: json.loads(text) for name, text in _named(rows, "migrations")}
    verified = {name: int(text) for name, text in _named(rows, "verified")}
    releases = {}
    for name, text in _named(rows, "release"):
        about = json.loads(text)
        releases[name] = Release(
            name=name,
            commit=about["commit"],
            migrations_object=about.get("migrations"),
            links=links.get(name, {}),
            migrations=tuple(migrations[name]) if name in migrations else None,
            verified=verified.get(name),
        )
    return {
        "releases": releases,
        "unfinished": tuple(_pairs(rows, "unfinished")),
        "current": _one(rows, "current"),
        "environments": frozenset(sections["environments"]),
        "leftovers": tuple(sections.get("leftovers", ())),
    }


def _named(rows: Sequence[str], kind: str) -> list[tuple[str, str]]:
    split = (row.split(" ", 1) for row in _pairs(rows, kind))
    return [(parts[0], parts[1]) for parts in split if len(parts) == 2]


def _environment(sections: Mapping[str, list[str]]) -> dict[str, Any]:
    rows = sections["environment"]
    public = dotenv_values(stream=StringIO("\n".join(_pairs(rows, "public"))), interpolate=False)
    return {
        "env_mode": _one(rows, "mode"),
        "env_keys": tuple(dict.fromkeys(_pairs(rows, "key"))),
        "env_public": {key: value or "" for key, value in public.items()},
    }


def _data(sections: Mapping[str, list[str]]) -> dict[str, Any]:
    rows = sections["database"]
    found = _one(rows, "database")
    database = None
    if found:
        about = json.loads(found)
        database = Database(
            path=about["path"],
            revisions=tuple(about.get("revision", ())),
            fingerprint=about["fingerprint"],
            error=about.get("error"),
        )
    backups = [json.loads(text) for text in _pairs(rows, "backup")]
    return {
        "database_url": _one(rows, "url"),
        "database": database,
        "backups": tuple(
            Backup(
                manifest=about["manifest"],
                release=about["release"] or "",
                revisions=tuple(about["revisions"] or ()),
                started=about["started"] or "",
                fingerprint=about["source_fingerprint"],
            )
            for about in backups
            if about["verified"] is True
        ),
        "unreadable": tuple(_pairs(rows, "unreadable")),
        "orphans": tuple(_pairs(rows, "orphan")),
    }


def _service(sections: Mapping[str, list[str]]) -> dict[str, Any]:
    rows = sections["unit"]
    return {
        "service": _unit(_pairs(rows, "service")),
        "socket": _unit(_pairs(rows, "socket")),
        "running": _one(rows, "running"),
        "started": dict(row.split("=", 1) for row in sections["started"] if "=" in row),
        "maintenance": _one(sections["flags"], "maintenance"),
        "quiesced": "quiesced" in sections["flags"],
    }


def _unit(rows: Sequence[str]) -> Unit:
    properties = dict(row.split("=", 1) for row in rows)
    return Unit(
        active=properties.get("ActiveState") == "active",
        enabled=properties.get("UnitFileState") == "enabled",
        stale=properties.get("NeedDaemonReload") == "yes",
    )


def _site(sections: Mapping[str, list[str]]) -> dict[str, Any]:
    rows = sections["site"]
    names: dict[str, list[str]] = {}
    for row in _pairs(rows, "name"):
        file, _, name = row.partition(" ")
        names.setdefault(file, []).append(name)
    return {
        "site_enabled": _one(rows, "enabled"),
        "site_loaded": _one(rows, "loaded"),
        "nginx_active": _one(rows, "nginx") == "active",
        "nginx_error": _one(rows, "invalid"),
        "server_names": {file: tuple(found) for file, found in names.items()},
        "app_health": _answer(_one(sections["health"], "app")),
        "site_health": _answer(_one(sections["health"], "site")),
    }


def _answer(text: str | None) -> Answer | None:
    if not text:
        return None
    body, _, status = text.rpartition(" ")
    try:
        parsed = json.loads(body)
    except ValueError:
        parsed = {}
    return Answer(int(status), parsed if isinstance(parsed, dict) else {})
