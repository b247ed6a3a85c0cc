"""A snapshot as the probe would print it: the way back of ``parse_snapshot``."""

import json
from collections.abc import Iterator

from changeover.plans.snapshot import Answer, Snapshot, Unit


def answer(snapshot: Snapshot) -> str:
    """Return what a host in this state answers to the probe."""
    parts = {
        "lock": iter([f"stamp {snapshot.stamp}"] if snapshot.stamp else []),
        "host": _host(snapshot),
        "packages": iter(sorted(snapshot.packages)),
        "users": (f"{name}:x:1:1:{text}:/:/bin/sh" for name, text in snapshot.users.items()),
        "files": (f"{digest}  {path}" for path, digest in snapshot.files.items()),
        "paths": (f"{path} {owner}" for path, owner in snapshot.folders.items()),
        "foreign": iter(snapshot.foreign),
        "tools": _tools(snapshot),
        "releases": _releases(snapshot),
        "environments": iter(sorted(snapshot.environments)),
        "environment": _environment(snapshot),
        "database": _data(snapshot),
        "changeover": _changeover(snapshot),
        "unit": _units(snapshot),
        "started": (f"{key}={value}" for key, value in snapshot.started.items()),
        "flags": _flags(snapshot),
        "site": _site(snapshot),
        "health": _health(snapshot),
        "end": iter(()),
    }
    return "".join(
        f"\n@@{name}\n" + "".join(f"{r}\n" for r in rows) for name, rows in parts.items()
    )


def _host(snapshot: Snapshot) -> Iterator[str]:
    yield f"uid {snapshot.uid}"
    yield f"system {snapshot.system}"
    if snapshot.systemd:
        yield "systemd yes"
    yield f"clock {snapshot.clock}"
    yield f"free_kilobytes {snapshot.free_kilobytes}"


def _tools(snapshot: Snapshot) -> Iterator[str]:
    if snapshot.uv:
        yield f"uv {snapshot.uv}"
    for major, version in snapshot.node.items():
        yield f"node {major} {version}"


def _releases(snapshot: Snapshot) -> Iterator[str]:
    for name, release in snapshot.releases.items():
        about = {
            "commit": release.commit,
            "migrations": release.migrations_object,
            "whole": release.whole,
        }
        yield f"release {name} {json.dumps(about)}"
        if release.migrations is not None:
            yield f"migrations {name} {json.dumps([step.dumped() for step in release.migrations])}"
        for path, to in release.links.items():
            yield f"link {name}\t{path}\t{to}"
    if snapshot.current:
        yield f"current {snapshot.current}"
    yield from (f"unfinished {name}" for name in snapshot.unfinished)


def _environment(snapshot: Snapshot) -> Iterator[str]:
    if snapshot.env_mode:
        yield f"mode {snapshot.env_mode}"
    yield from (f"key {key}" for key in snapshot.env_keys)
    for key, value in snapshot.env_public.items():
        yield f"public {key} {value.encode('unicode_escape').decode()}"


def _data(snapshot: Snapshot) -> Iterator[str]:
    if snapshot.database_url:
        yield f"url {snapshot.database_url}"
    yield from (f"address {one}" for one in snapshot.database_addresses)
    if snapshot.database:
        found = snapshot.database
        about = {"path": found.path, "revision": found.revisions, "fingerprint": found.fingerprint}
        about |= {"error": found.error} if found.error else {}
        yield f"database {json.dumps(about)}"
    for one in snapshot.backups:
        manifest = {
            "manifest": one.manifest,
            "release": one.release,
            "revisions": one.revisions,
            "started": one.started,
            "source_fingerprint": one.fingerprint,
            "verified": True,
            "empty": one.empty,
            "seconds": {"verification": one.seconds},
        }
        yield f"backup {json.dumps(manifest)}"


def _changeover(snapshot: Snapshot) -> Iterator[str]:
    if snapshot.open_changeover is not None:
        yield f"open {json.dumps(snapshot.open_changeover)}"
    if snapshot.held is not None:
        yield f"held {json.dumps(snapshot.held)}"
    yield f"last {snapshot.generation}"
    if snapshot.latest:
        yield f"latest {json.dumps(snapshot.latest)}"
    if snapshot.rehearsed:
        yield f"rehearsed {json.dumps(snapshot.rehearsed)}"
    if snapshot.once:
        yield f"once {json.dumps(snapshot.once)}"
    for name, release in snapshot.releases.items():
        if release.committed:
            yield f"committed {name} {release.committed}"
        if release.withdrawn:
            yield f"withdrawn {name}"


def _units(snapshot: Snapshot) -> Iterator[str]:
    yield from _unit("service", snapshot.service)
    yield from _unit("socket", snapshot.socket)
    if snapshot.running:
        yield f"running {snapshot.running}"
    if snapshot.older:
        yield "older yes"


def _unit(name: str, unit: Unit) -> Iterator[str]:
    yield f"{name} ActiveState={'active' if unit.active else 'inactive'}"
    yield f"{name} UnitFileState={'enabled' if unit.enabled else ''}"
    yield f"{name} NeedDaemonReload={'yes' if unit.stale else 'no'}"


def _flags(snapshot: Snapshot) -> Iterator[str]:
    if snapshot.maintenance is not None:
        yield f"maintenance {snapshot.maintenance}"
    if snapshot.quiesced:
        yield "quiesced"


def _site(snapshot: Snapshot) -> Iterator[str]:
    if snapshot.site_loaded:
        yield f"loaded {snapshot.site_loaded}"
    if snapshot.site_enabled:
        yield f"enabled {snapshot.site_enabled}"
    if snapshot.nginx_active:
        yield "nginx active"
    if snapshot.nginx_error:
        yield f"invalid {snapshot.nginx_error}"
    for file, names in snapshot.server_names.items():
        yield from (f"name {file} {name}" for name in names)


def _health(snapshot: Snapshot) -> Iterator[str]:
    for name, found in (("app", snapshot.app_health), ("site", snapshot.site_health)):
        if isinstance(found, Answer):
            yield f"{name} {json.dumps(found.body)} {found.status}"
