"""The app's changeovers: who holds the lock, what is open, what the ledger has."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .. import json_text
from .asked import Asked
from .files import entries, exists, is_folder
from .words import Verbatim

_OF_ONCE = ("outcome", "began", "ended")
_LOOKS, _LOOK_SECONDS = 20, 0.05


def stamp(lock: str) -> str:
    """
    Return when somebody last took the lock, "" where somebody holds it or none has it yet.

    Asked first, and told only while nobody works on the app: whoever begins to gives the lock
    another time.
    """
    try:
        with Path(lock).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            seconds, rest = divmod(os.fstat(file.fileno()).st_mtime_ns, 10**9)
    except OSError:
        return ""
    return f"{seconds}.{rest:09d}"


def read(asked: Asked) -> Verbatim:
    """Tell what goes on, and what was."""
    rehearsed = _read(f"{asked.state}/rehearsed.json")
    noted = {key: rehearsed.get(key) for key in ("release", "revisions", "when")}
    told = {
        "open_changeover": _open(asked.state),
        "held": _held(asked.lock),
        "rehearsed": noted if rehearsed else None,
    }
    return Verbatim(told | _ledger(f"{asked.state}/ledger.jsonl"))


def _read(path: str) -> dict[str, Any]:
    try:
        found = json.loads(Path(path).read_text())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _open(state: str) -> dict[str, Any] | None:
    """Return the changeover whose journal is there; one that comes to its end before another."""
    for kind in ("undo", "redo"):
        folder = f"{state}/{kind}.d"
        if is_folder(folder):
            about = _read(f"{folder}/about.json")
            about.pop("settle", None)
            about |= _phase(f"{folder}/events")
            return about | {"committed": kind == "redo", "stuck": exists(f"{state}/stuck")}
    return None


def under_way(state: str) -> dict[str, Any]:
    """Tell which apps of the host have an open changeover; the host itself may have one, too."""
    states = [entry for entry in entries(str(Path(state).parent)) if entry.is_dir()]
    return {"under_way": [one.name for one in states if _open(one.path) is not None]}


def _phase(events: str) -> dict[str, Any]:
    try:
        with Path(events).open(errors="replace") as file:
            noted = [json_text.read(line) for line in file if '"phase"' in line]
        return {"phase": noted[-1]["phase"]}
    except (IndexError, KeyError, OSError, TypeError, ValueError):
        return {}


def _held(lock: str) -> dict[str, Any] | None:
    """Return who holds the lock, as far as is known; None where nobody does."""
    found = _holder(lock)
    for _ in range(_LOOKS):  # what a dead holder left says nothing; a new one is about to say
        if found != {}:
            break
        time.sleep(_LOOK_SECONDS)
        found = _holder(lock)
    return found


def _holder(lock: str) -> dict[str, Any] | None:
    try:
        with Path(lock).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        found = _read(lock)
        return found if exists(f"/proc/{found.get('pid')}") else {}
    except OSError:
        return None
    return None


def _ledger(path: str) -> dict[str, Any]:
    last: dict[str, Any] = {}
    committed: dict[str, Any] = {}
    withdrawn: set[str] = set()
    once: dict[str, Any] = {}
    for line in _lines(path):
        try:
            record = json_text.read(line)
            if record.get("once"):
                once[record["once"]] = {key: record.get(key) for key in _OF_ONCE}
            if record["outcome"] == "committed":
                last = {"id": record["id"]}
                last |= {key: record.get(key) for key in ("kind", "from", "to", "ended")}
                to = record["to"]["release"]
                committed[to] = record["ended"]
                withdrawn.discard(to)
                if record["kind"].startswith("rollback") and record["from"]["release"] != to:
                    withdrawn.add(record["from"]["release"])
        except (AttributeError, KeyError, TypeError, ValueError):
            continue  # a power cut tore it
    return {
        "generation": last.get("id", ""),
        "latest": last or None,
        "once": once,
        "committed": committed,
        "withdrawn": sorted(withdrawn),
    }


def _lines(path: str) -> Iterator[str]:
    try:
        with Path(path).open(errors="replace") as file:
            yield from file
    except OSError:
        return
