"""What a person wants to know of an app on a host, made from the probe and the host program."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from changeover.host import json_text
from changeover.host.changeover.words import NO_APP, said
from changeover.plans import (
    budget,
    databases,
    health,
    live,
    migrations,
    pending,
    probe_answer,
    probe_parts,
    processes,
    tls,
)
from changeover.plans.migrations.judgement import Judged, State
from changeover.plans.snapshot import Release, Snapshot
from changeover.plans.target import Target

_OF_HOLD = ("id", "operator", "controller", "phase")

Report = dict[str, Any]
"""One app on one host, as --data json=true prints it."""


@dataclass(frozen=True)
class StatusAnswer:
    """What a host told of an app."""

    snapshot: Snapshot
    total_kilobytes: int = 0
    program: Mapping[str, Any] = field(default_factory=dict)
    """What the host program said, empty where it said nothing of use."""
    complaint: str = ""
    """What it said instead."""
    changed: str | None = ""
    """A path of what was released that is not root's alone any more; None where nobody knows."""


def parse_status(lines: Sequence[str]) -> StatusAnswer:
    """Read what the status script printed. Raises ValueError when it was cut short."""
    told = probe_parts.parts(lines)
    status = told.get("status", {})
    said = status.get("program", "")
    try:
        program = json_text.read(said)
    except ValueError:
        program = None
    known = isinstance(program, dict)
    return StatusAnswer(
        snapshot=probe_answer.snapshot(told),
        total_kilobytes=int(status.get("total_kilobytes") or 0),
        program=program if known else {},
        complaint="" if known else said or "it is not installed",
        changed=status.get("changed", ""),
    )


def report(target: Target, told: StatusAnswer, version: str) -> Report:
    """Return all that is known; ``version`` is the host program's that this checkout has."""
    snapshot, program, database = told.snapshot, told.program, told.snapshot.database
    unknown, standing = _schema_unknown(target, snapshot), _standing(target, snapshot)
    serving = snapshot.releases.get(snapshot.current or "")
    taken = budget.taken(target, snapshot, snapshot.releases.values(), snapshot.backups)
    return {
        "app": target.app.name,
        "serves": _serves(target, snapshot, serving),
        "answers": health.answers(target, snapshot),
        "closed": snapshot.maintenance,
        "certificate": _certificate(target, snapshot),
        "schema": None
        if unknown or not database
        else migrations.heads(target.app, database.revisions),
        "schema_unknown": unknown or None,
        "migrations": [
            {"name": one.step, "state": str(one.state), "reason": one.reason} for one in standing
        ],
        "backup": _backup(target, snapshot),
        "hold": _hold(target.app.name, snapshot),
        "open": _open(snapshot, program),
        "stuck": program.get("stuck"),
        "disk": {
            "free_megabytes": snapshot.free_kilobytes // 1024,
            "total_megabytes": told.total_kilobytes // 1024,
            "taken_megabytes": taken // 1024,
            "database_megabytes": None if unknown else budget.database_kilobytes(snapshot) // 1024,
            "budget_megabytes": target.values.disk_budget_megabytes,
        },
        "once": _once(target, snapshot),
        "ledger": list(program.get("ledger") or ())[::-1],
        "problems": [*_problems(target, told, version, standing), *tls.problems(target, snapshot)],
        "clock": snapshot.clock,
    }


def seconds_since(text: str | None, clock: int) -> int | None:
    """Return how long ago a moment was, by the host's own clock; None where there is none."""
    if not text:
        return None
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return max(0, clock - int(moment.timestamp()))


def _serves(target: Target, snapshot: Snapshot, release: Release | None) -> Report | None:
    if snapshot.current is None:
        return None
    since = release.committed if release else None
    return {
        "release": snapshot.current,
        "commit": release.commit if release else None,
        "since": since,
        "since_seconds": seconds_since(since, snapshot.clock),
        "running": processes.running(target, snapshot),
    }


def _certificate(target: Target, snapshot: Snapshot) -> Report | None:
    found, asked = snapshot.tls.certificate, target.values.tls
    if asked == tls.OFF:
        return None
    known = {key: getattr(found, key, None) for key in ("kind", "directory", "names", "ends")}
    left = found.ends - snapshot.clock if found else None
    return {"wanted": asked, **known, "left_seconds": left, "problem": snapshot.tls.problem or None}


def _backup(target: Target, snapshot: Snapshot) -> Report | None:
    if not snapshot.backups:
        return None
    newest, engine = snapshot.backups[-1], migrations.of(target.app)
    revisions = newest.noted_in(engine.table.name) if engine else newest.revisions
    return {
        "manifest": newest.manifest,
        "release": newest.release,
        "schema": None if revisions is None else migrations.heads(target.app, revisions),
        "taken": newest.started,
        "age_seconds": seconds_since(newest.started, snapshot.clock),
    }


def _hold(app: str, snapshot: Snapshot) -> Report | None:
    if snapshot.held is None:
        return None
    held = snapshot.held
    about = (snapshot.open_changeover or {}) if live.is_live(snapshot) else {}
    since = held.get("since")
    return {
        "what": held.get("what", "script"),
        "since_seconds": max(0, snapshot.clock - int(since)) if since else None,
        "said": said(app, held),
        **{key: about.get(key) or held.get(key) for key in _OF_HOLD},
    }


def _open(snapshot: Snapshot, program: Mapping[str, Any]) -> Report | None:
    about = snapshot.open_changeover
    if about is None:
        return None
    found = program.get("open") or {}
    kept = ("id", "operator", "controller", "began", "from", "to", "phase", "committed", "stuck")
    return {
        **{key: about.get(key) for key in kept},
        "steps": found.get("steps", []),
        "problem": found.get("problem"),
    }


def _once(target: Target, snapshot: Snapshot) -> list[Report]:
    """Return each one-time command that is declared or has a record; no outcome: it waits."""
    names = dict.fromkeys([*(one.name for one in target.app.once), *snapshot.once])
    keys = ("outcome", "began", "ended")
    known = ((name, snapshot.once.get(name, {})) for name in names)
    return [{"name": name, **{key: found.get(key) for key in keys}} for name, found in known]


def _schema_unknown(target: Target, snapshot: Snapshot) -> str:
    """Return why nobody knows what the database says of itself, "" where it is known."""
    key, file = databases.key(target), target.paths.env_file
    if not key:
        return ""
    if snapshot.database_url is None:
        return f"{file} has no {key}" if snapshot.env_mode else f"there is no {file} yet"
    if snapshot.database and snapshot.database.error:
        return f"{snapshot.database.path} cannot be read; {key} is in {file}"
    return ""


def _standing(target: Target, snapshot: Snapshot) -> list[Judged]:
    """Return the migrations of which database and release that serves do not say the same."""
    serving = snapshot.releases.get(snapshot.current or "")
    found = pending.judged(target, snapshot, serving.migrations if serving else None)
    if found is None:
        return []  # that nobody knows the database is told by itself
    told = [one for one in found.steps if one.state != State.APPLIED]
    if not any(one.state == State.UNKNOWN for one in told):
        return told
    # a database that names its newest step alone says of the others only who knows that one
    has = _applied(target, snapshot)
    return [one for one in told if one.state != State.PENDING or (has and one.step not in has)]


def _applied(target: Target, snapshot: Snapshot) -> frozenset[str]:
    """Return the steps that the database has, by a release that knows them; none without one."""
    engine, database = migrations.of(target.app), snapshot.database
    if engine is None or database is None:
        return frozenset()
    for release in snapshot.releases.values():
        history = release.history_by(engine.title)
        if history and not engine.unknown(history, database.revisions):
            return engine.applied(history, database.revisions)
    return frozenset()


def _problems(
    target: Target, told: StatusAnswer, version: str, standing: Sequence[Judged]
) -> list[str]:
    snapshot, problems = told.snapshot, []
    if NO_APP in told.complaint and not snapshot.releases:
        pass  # it was never released here, which is no problem
    elif told.complaint:
        problems.append(f"the host program: {told.complaint}; run deploys/provision.py")
    elif told.program.get("version") != version:
        problems.append("the host program is of another version; run deploys/provision.py")
    if told.changed is None:
        problems.append(
            "nobody could tell whether what was released is root's alone: the search for it did not"
            " come to its end; run this again"
        )
    elif told.changed:
        problems.append(
            f"{told.changed} is not root's alone, so somebody may have changed it since it was"
            " released; release another commit, and find out who"
        )
    problems += _of_processes(target, snapshot) if snapshot.current else []
    if snapshot.database and snapshot.database.error:
        where = f"{databases.key(target)} in {target.paths.env_file}: "
        problems.append(
            f"{'' if snapshot.database.path.startswith('/') else where}"
            f"{snapshot.database.path} cannot be read: {snapshot.database.error}"
        )
    problems += [f"{path} cannot be read" for path in snapshot.unreadable]
    problems += [
        f"{path}: holds more files than are looked at, so what a step left there stays; see whether"
        f" the app has to keep them all"
        for path in snapshot.crowded
    ]
    # what the release does not know yet is there after a rollback of the code: no problem
    known = (one for one in standing if one.state != State.UNKNOWN)
    return problems + [f"the migration {one.said}" for one in known]


def _of_processes(target: Target, snapshot: Snapshot) -> list[str]:
    found = processes.known(target, snapshot)
    down = [one for one, process in found if not process.active]
    problems = [
        "the app does not run" if one.serves else f"{one.name} does not run" for one in down
    ]
    for one, process in found:
        if process.release not in (None, snapshot.current):
            what = "" if one.serves else f"{one.name} of "
            problems.append(f"{what}{process.release} runs, but {snapshot.current} is current")
    return problems
