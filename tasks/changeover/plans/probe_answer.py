"""What the probe answered, parsed."""

from collections.abc import Mapping, Sequence
from typing import Any

from changeover.host.revisions.table import Row
from changeover.plans.migrations.steps import kept
from changeover.plans.probe_bare import whole
from changeover.plans.probe_parts import only, parts
from changeover.plans.snapshot import (
    Aside,
    Backup,
    CandidateDatabase,
    Certificate,
    Database,
    HealthAnswer,
    Process,
    Release,
    Snapshot,
    Tls,
)

Part = Mapping[str, Any]


def parse_snapshot(lines: Sequence[str]) -> Snapshot:
    """Read what the probe printed. Raises ValueError when it was cut short."""
    return snapshot(parts(lines))


def snapshot(told: Part) -> Snapshot:
    """Return the snapshot that all parts together are."""
    told = whole(told) if told.get("bare") is True else told
    return Snapshot(
        stamp=_text(told["stamp"]),
        **_host(told),
        **_code(told),
        **_environment(told["environment"]),
        **_data(told["database"]),
        **_backups(told["backups"]),
        **_changeover(told["changeover"]),
        **_processes(told["processes"]),
        **_site(told["site"]),
        **_health(told["health"]),
    )


def _host(told: Part) -> dict[str, Any]:
    host, tools = told["host"], told["tools"]
    return {
        "uid": int(host["uid"]),
        "system": str(host["system"]),
        "systemd": host["systemd"] is True,
        "own_addresses": tuple(map(str, host["own_addresses"])),
        "clock": int(host["clock"]),
        "free_kilobytes": int(host["free_kilobytes"]),
        "under_way": tuple(map(str, host["under_way"])),
        "packages": frozenset(map(str, told["packages"])),
        "users": _texts(told["users"]),
        "files": _texts(told["files"]),
        "folders": _texts(told["folders"]),
        "foreign": tuple(map(str, told["foreign"])),
        "uv": tools["uv"],
        "node": _texts(tools["node"]),
        "sizes": {str(path): int(size) for path, size in told["sizes"].items()},
        "leftovers": tuple(map(str, told["leftovers"]["found"])),
        "crowded": tuple(map(str, told["leftovers"]["crowded"])),
    }


def _texts(told: Part) -> dict[str, str]:
    return {key: _text(value) for key, value in told.items()}


def _text(told: object) -> str:
    if not isinstance(told, str):
        raise TypeError(f"{str(told)[:99]!r} is no text")
    return told


def _code(told: Part) -> dict[str, Any]:
    code, changeover = told["code"], told["changeover"]
    releases = {}
    for name, one in code["releases"].items():
        about = one["about"]
        history = kept(one["migrations"]) if "migrations" in one else None
        releases[name] = Release(
            name=name,
            commit=about["commit"],
            migrations_object=about.get("migrations"),
            links=_texts(one["links"]),
            migrations=history.steps if history else None,
            engine=history.engine if history else "",
            migrations_shared=history is None or history.shared,
            committed=changeover["committed"].get(name),
            withdrawn=name in changeover["withdrawn"],
            whole=about.get("whole") is True,
        )
    return {
        "releases": releases,
        "unfinished": tuple(code["unfinished"]),
        "current": code["current"],
        "environments": frozenset(told["environments"]),
    }


def _environment(told: Part) -> dict[str, Any]:
    return {
        "env_mode": told["env_mode"],
        "env_keys": tuple(told["env_keys"]),
        "env_unread": tuple((int(line), str(why)) for line, why in told["env_unread"]),
        "env_public": _texts(told["env_public"]),
        "env_defaults": {key: tuple(found) for key, found in told["env_defaults"].items()},
        "kept_environments": tuple(told["kept_environments"]),
    }


def _data(told: Part) -> dict[str, Any]:
    return {
        "database_url": told["database_url"],
        "database_addresses": tuple(told["database_addresses"]),
        "database": _database(told["database"]),
        "aside": tuple(
            Aside(str(path), int(since), int(size)) for since, size, path in told["aside"]
        ),
    }


def _database(about: Part | None) -> Database | None:
    if about is None:
        return None
    return Database(
        path=about["path"],
        revisions=tuple(about.get("revision", ())),
        noted=tuple(Row(**row) for row in about.get("noted") or ()),
        fingerprint=about["fingerprint"],
        error=about.get("error"),
        foreign=about.get("foreign"),
        kilobytes=about.get("kilobytes", 0),
    )


def _backups(told: Part) -> dict[str, Any]:
    return {
        "backups": tuple(
            Backup(
                manifest=about["manifest"],
                release=about["release"] or "",
                revisions=tuple(about["revisions"] or ()),
                started=about["started"] or "",
                fingerprint=about["source_fingerprint"],
                seconds=_seconds(about.get("seconds")),
                empty=about.get("empty") is True,
                histories=_histories(about.get("histories")),
            )
            for about in told["backups"]
            if about["verified"] is True
        ),
        "unreadable": tuple(told["unreadable"]),
        "orphans": tuple(told["orphans"]),
    }


def _histories(told: Part | None) -> dict[str, tuple[str, ...]] | None:
    return None if told is None else {table: tuple(names) for table, names in told.items()}


def _seconds(stages: object) -> float:
    """Return what the stages of a backup took together."""
    found = stages.values() if isinstance(stages, dict) else ()
    return float(sum(one for one in found if isinstance(one, int | float)))


def parse_candidate(lines: Sequence[str]) -> CandidateDatabase | None:
    """Read what was told of a URL that is not in force. None where nobody can tell."""
    if only(lines) is None:
        return None
    told = parts(lines)
    known = told.get("wanting") or {}
    wanting = known.get("wanting")
    return CandidateDatabase(
        _database(told["database"]["database"]),
        None if wanting is None else tuple(wanting),
        known.get("refused", ""),
    )


def _changeover(told: Part) -> dict[str, Any]:
    return {
        "generation": _text(told["generation"]),
        **{key: _document(told[key]) for key in ("latest", "rehearsed", "open_changeover", "held")},
        "once": dict(told["once"]),
    }


def _document(told: Part | None) -> Part | None:
    return None if told is None else dict(told)


def _processes(told: Part) -> dict[str, Any]:
    return {
        "processes": parse_processes(told["told"]),
        "quiesced": told["quiesced"] is True,
        "port": int(told["port"]),
    }


def parse_processes(lines: Sequence[str]) -> dict[str, Process]:
    """Read what an engine's ``tell_processes`` printed."""
    told: dict[str, dict[str, str]] = {}
    for name, key, value in (line.split(" ", 2) for line in lines):
        told.setdefault(name, {})[key] = value
    return {name: _process(about) for name, about in told.items()}


def _process(about: Mapping[str, str]) -> Process:
    def below(kind: str) -> dict[str, str]:
        found = (key.partition(".") for key in about)
        return {key: about[f"{kind}.{key}"] for first, _, key in found if first == kind}

    facts = ("active", "stopped", "enabled", "stale", "older")
    return Process(
        **{fact: about.get(fact) == "yes" for fact in facts},
        release=about.get("release"),
        started=below("started"),
        detail=below("detail"),
    )


def _site(told: Part) -> dict[str, Any]:
    names: dict[str, list[str]] = {}
    for file, name in told["server_names"]:
        names.setdefault(file, []).append(name)
    return {
        "maintenance": told["maintenance"],
        "site_enabled": told["site_enabled"],
        "site_loaded": told["site_loaded"],
        "nginx_active": told["nginx_active"] is True,
        "nginx_error": told["nginx_error"],
        "server_names": {file: tuple(found) for file, found in names.items()},
        "tls": _tls(told),
    }


def _tls(site: Part) -> Tls:
    told = site.get("certificate") or {}
    keys = ("kind", "directory", "begins", "ends", "due", "loaded")
    return Tls(
        certificate=Certificate(names=tuple(told["names"]), **{key: told[key] for key in keys})
        if told.get("kind")
        else None,
        damage=told.get("damage", ""),
        renews=told.get("renews", ""),
        timer=site.get("timer") is True,
        challenges=site["challenges"] is True,
        problem=(told.get("problem") or {}).get("what", ""),
    )


def _health(told: Part) -> dict[str, Any]:
    return {f"{name}_health": _answer(told[name]) for name in ("app", "site")}


def _answer(told: Part | None) -> HealthAnswer | None:
    return None if told is None else HealthAnswer(int(told["status"]), dict(told["said"]))
