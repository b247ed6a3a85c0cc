"""What the probe printed, parsed."""

from collections.abc import Mapping, Sequence
from typing import Any

from changeover.host import json_text
from changeover.host.revisions.table import Row
from changeover.plans.migrations.steps import kept
from changeover.plans.sections import split
from changeover.plans.snapshot import (
    Answer,
    Aside,
    Backup,
    Certificate,
    Database,
    Release,
    Snapshot,
    Tls,
    Unit,
    Wished,
)

SECTIONS = frozenset(
    {
        *("lock", "environment", "host", "packages", "users", "files", "paths", "foreign", "tools"),
        *("releases", "environments", "sizes", "leftovers", "database", "changeover", "unit"),
        *("started", "flags", "site", "health", "end", "status"),
    }
)


def parse_snapshot(lines: Sequence[str]) -> Snapshot:
    """Read what the probe printed. Raises ValueError when it was cut short."""
    sections = split(lines, SECTIONS)
    if "end" not in sections:
        raise ValueError("the probe was cut short")
    return Snapshot(
        **_host(sections),
        **_code(sections),
        **_environment(sections),
        **_data(sections),
        **_changeover(sections),
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
        "own_addresses": tuple((_one(host, "own") or "").split()),
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
    histories = {name: kept(json_text.read(text)) for name, text in _named(rows, "migrations")}
    committed = dict(_named(sections["changeover"], "committed"))
    withdrawn = set(_pairs(sections["changeover"], "withdrawn"))
    releases = {}
    for name, text in _named(rows, "release"):
        about = json_text.read(text)
        releases[name] = Release(
            name=name,
            commit=about["commit"],
            migrations_object=about.get("migrations"),
            links=links.get(name, {}),
            migrations=histories[name].steps if name in histories else None,
            migrations_shared=name not in histories or histories[name].shared,
            committed=committed.get(name),
            withdrawn=name in withdrawn,
            whole=about.get("whole") is True,
        )
    return {
        "releases": releases,
        "unfinished": tuple(_pairs(rows, "unfinished")),
        "current": _one(rows, "current"),
        "environments": frozenset(sections["environments"]),
        "leftovers": tuple(sections.get("leftovers", ())),
        "sizes": _sizes(sections.get("sizes", ())),
    }


def _sizes(rows: Sequence[str]) -> dict[str, int]:
    split = (row.split(" ", 1) for row in rows)
    return {path: int(kilobytes) for kilobytes, path in split}


def _named(rows: Sequence[str], kind: str) -> list[tuple[str, str]]:
    split = (row.split(" ", 1) for row in _pairs(rows, kind))
    return [(parts[0], parts[1]) for parts in split if len(parts) == 2]


def _environment(sections: Mapping[str, list[str]]) -> dict[str, Any]:
    rows = sections["environment"]
    unread = (row.partition(" ") for row in _pairs(rows, "unread"))
    return {
        "env_mode": _one(rows, "mode"),
        "env_keys": tuple(dict.fromkeys(_pairs(rows, "key"))),
        "kept_environments": tuple(_pairs(rows, "kept")),
        "env_unread": tuple((int(line), why) for line, _, why in unread),
        "env_public": {
            key: text.encode().decode("unicode_escape") for key, text in _named(rows, "public")
        },
    }


def _data(sections: Mapping[str, list[str]]) -> dict[str, Any]:
    rows = sections["database"]
    backups = [json_text.read(text) for text in _pairs(rows, "backup")]
    return {
        "database_url": _one(rows, "url"),
        "database_addresses": tuple(_pairs(rows, "address")),
        "database": _database(rows),
        "backups": tuple(
            Backup(
                manifest=about["manifest"],
                release=about["release"] or "",
                revisions=tuple(about["revisions"] or ()),
                started=about["started"] or "",
                fingerprint=about["source_fingerprint"],
                seconds=_seconds(about.get("seconds")),
                empty=about.get("empty") is True,
            )
            for about in backups
            if about["verified"] is True
        ),
        "unreadable": tuple(_pairs(rows, "unreadable")),
        "orphans": tuple(_pairs(rows, "orphan")),
        "aside": tuple(_aside(row) for row in _pairs(rows, "aside")),
    }


def parse_wished(lines: Sequence[str]) -> Wished | None:
    """Read what was told of a URL that is not in force. None where nobody can tell."""
    sections = split(lines, SECTIONS | {"wanting"})
    if "end" not in sections:
        return None
    rows = sections.get("wanting", ())
    told = json_text.read(rows[0]) if rows else {}
    wanting = told.get("wanting")
    return Wished(
        _database(sections["database"]),
        None if wanting is None else tuple(wanting),
        told.get("refused", ""),
    )


def _database(rows: Sequence[str]) -> Database | None:
    found = _one(rows, "database")
    if not found:
        return None
    about = json_text.read(found)
    return Database(
        path=about["path"],
        revisions=tuple(about.get("revision", ())),
        noted=tuple(Row(**row) for row in about.get("noted") or ()),
        fingerprint=about["fingerprint"],
        error=about.get("error"),
        foreign=about.get("foreign"),
        kilobytes=about.get("kilobytes", 0),
    )


def _seconds(stages: object) -> float:
    """Return what the stages of a backup took together."""
    found = stages.values() if isinstance(stages, dict) else ()
    return float(sum(one for one in found if isinstance(one, int | float)))


def _aside(row: str) -> Aside:
    since, kilobytes, path = row.split(" ", 2)
    return Aside(path, int(float(since)), int(kilobytes))


def _changeover(sections: Mapping[str, list[str]]) -> dict[str, Any]:
    rows = sections["changeover"]
    kinds = ("open", "held", "latest", "once", "rehearsed")
    begun, held, latest, once, rehearsed = (_one(rows, kind) for kind in kinds)
    return {
        "generation": _one(rows, "last") or "",
        "stamp": _one(sections["lock"], "stamp") or "",
        "latest": json_text.read(latest) if latest else None,
        "once": json_text.read(once) if once else {},
        "rehearsed": json_text.read(rehearsed) if rehearsed else None,
        "open_changeover": json_text.read(begun) if begun else None,
        "held": json_text.read(held) if held else None,
    }


def _service(sections: Mapping[str, list[str]]) -> dict[str, Any]:
    rows = sections["unit"]
    return {
        "service": _unit(_pairs(rows, "service")),
        "socket": _unit(_pairs(rows, "socket")),
        "running": _one(rows, "running"),
        "older": _one(rows, "older") == "yes",
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
        settled=properties.get("ActiveState") in ("active", "inactive", "failed"),
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
        "tls": _tls(rows),
        "app_health": _answer(_one(sections["health"], "app")),
        "site_health": _answer(_one(sections["health"], "site")),
    }


def _tls(rows: Sequence[str]) -> Tls:
    text = _one(rows, "certificate")
    told = json_text.read(text) if text else {}
    keys = ("kind", "directory", "begins", "ends", "due", "loaded")
    return Tls(
        certificate=Certificate(names=tuple(told["names"]), **{key: told[key] for key in keys})
        if told.get("kind")
        else None,
        damage=told.get("damage", ""),
        renews=told.get("renews", ""),
        timer=_one(rows, "timer") == "yes",
        challenges=_one(rows, "challenges") == "yes",
        problem=(told.get("problem") or {}).get("what", ""),
    )


def _answer(text: str | None) -> Answer | None:
    if not text:
        return None
    body, _, status = text.rpartition(" ")
    try:
        parsed = json_text.read(body)
    except ValueError:
        parsed = {}
    return Answer(int(status), parsed if isinstance(parsed, dict) else {})
