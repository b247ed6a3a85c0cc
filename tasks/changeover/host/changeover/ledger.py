"""The ledger: one JSON line a changeover, appended when it ended, however it ended."""

import datetime
import json
import os
from pathlib import Path
from typing import Any

from ..files import sync
from .journal import Journal

COMMITTED, UNDONE, STUCK = "committed", "undone", "stuck"


def read(state: Path) -> list[dict[str, Any]]:
    """
    Return the records, oldest first; of several with one id only the last.

    A line that is no record (a power cut tore it) is passed over.
    """
    try:
        return parsed((state / "ledger.jsonl").read_text(errors="replace"))
    except FileNotFoundError:
        return []


def parsed(text: str) -> list[dict[str, Any]]:
    """Return the records of a ledger's text, as ``read`` does."""
    found: dict[str, dict[str, Any]] = {}
    for line in text.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and isinstance(record.get("id"), str):
            found.pop(record["id"], None)
            found[record["id"]] = record
    return list(found.values())


def last_committed(state: Path) -> str:
    """Return the id of the newest changeover that was committed, "" where there is none."""
    done = [record["id"] for record in read(state) if record.get("outcome") == COMMITTED]
    return done[-1] if done else ""


def append(state: Path, record: dict[str, Any]) -> None:
    """Add a record durably; one that says the same already is not said again."""
    known = {found["id"]: found.get("outcome") for found in read(state)}
    if known.get(record["id"]) == record["outcome"]:
        return
    path = state / "ledger.jsonl"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        torn = size and os.pread(descriptor, 1, size - 1) != b"\n"
        line = json.dumps(record, sort_keys=True).encode() + b"\n"
        rest = (b"\n" if torn else b"") + line
        while rest:  # on a disk that gets full, the first write takes a part and the next one fails
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync(state)


def record(journal: Journal, outcome: str, why: str, by: str, now: float) -> dict[str, Any]:
    """
    Return the record of the open changeover.

    ``by`` is who ended it: release, guard, boot, the next release, or a person. ``away_seconds``
    is how long the site was closed, or, without the closed page, the host was without power.
    """
    about, events = journal.about(), journal.events()
    phases: dict[str, float] = {}
    notes: dict[str, Any] = {}
    for event in events:
        if "seconds" in event:
            phases[event["phase"]] = round(phases.get(event["phase"], 0) + event["seconds"], 2)
        notes |= event.get("note") or {}
    kept = ("id", "kind", "operator", "controller", "from", "to", "schema_before")
    return {key: about.get(key) for key in kept} | {
        "began": moment(about["began"]),
        "ended": moment(now),
        "seconds": round(now - about["began"], 2),
        "phases": phases,
        "away_seconds": _away(about, events, now),
        **notes,
        "outcome": outcome,
        "why": why,
        "by": by,
    }


def _away(about: dict[str, Any], events: list[dict[str, Any]], now: float) -> float:
    closed = [e["at"] - e.get("seconds", 0) for e in events if e.get("step") == about["closing"]]
    opened = [event["at"] for event in events if event.get("event") == "opened"]
    dead = [event["since"] for event in events if event.get("event") == "power lost"]
    begun = min([*closed, *dead], default=None)
    if begun is None:
        return 0.0
    return float(round(max(opened, default=now) - begun, 2))


def moment(at: float) -> str:
    """Return a moment as the ledger writes it."""
    return f"{datetime.datetime.fromtimestamp(at, datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"
