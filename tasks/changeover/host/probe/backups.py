"""The backups of an app, by their manifests."""

import json
import os
import re
import time
from pathlib import Path
from typing import Any

from ..revisions.table import KNOWN
from .asked import Asked
from .files import entries, exists
from .words import Verbatim

_KEYS = ("release", "revisions", "started", "source_fingerprint", "verified", "seconds")
_OLD_SECONDS = 3600
_ARTEFACT = re.compile(r"\.[^.]*\.zst$")


def read(asked: Asked) -> dict[str, Any]:
    """Tell which there are, which cannot be read, and what never became one."""
    found, unreadable, orphans = [], [], []
    for entry in entries(asked.backups):
        if entry.name.endswith(".json") and not entry.name.startswith("."):
            try:
                found.append(_backup(entry.path))
            except FileNotFoundError:
                continue
            except (OSError, TypeError, ValueError, RecursionError):
                unreadable.append(entry.path)
        elif entry.name.endswith(".zst") and _is_old(entry):
            manifest = f"{_ARTEFACT.sub('', entry.path)}.json"
            orphans += [] if exists(manifest) else [entry.path]
    return {"backups": Verbatim(found), "unreadable": unreadable, "orphans": orphans}


def _is_old(entry: "os.DirEntry[str]") -> bool:
    try:
        return time.time() - entry.stat(follow_symlinks=False).st_mtime > _OLD_SECONDS
    except FileNotFoundError:  # others may be at work on the host
        return False


def _backup(path: str) -> dict[str, Any]:
    manifest = json.loads(Path(path).read_text())
    if not isinstance(manifest, dict):
        raise TypeError
    # with no table there is no data in it
    content = manifest.get("content")
    content = content if isinstance(content, dict) else {}
    without = content.get("tables") == {} and not content.get("pages")
    empty = without and not manifest.get("revisions")
    told = {key: manifest.get(key) for key in _KEYS}
    return {"manifest": path, "empty": empty, **told, "histories": _histories(manifest, content)}


def _histories(manifest: dict[str, Any], content: dict[str, Any]) -> dict[str, list[str]] | None:
    """Return what it has of each engine; None for an older one of which that is not known."""
    found, tables = manifest.get("histories"), content.get("tables")
    if isinstance(found, dict):
        return found
    if manifest.get("revisions") or content.get("pages") or not isinstance(tables, dict):
        return None
    # one engine alone was asked for, and nobody knows which
    there = {name.rpartition(".")[2].strip('"') for name in tables}
    return {table.name: [] for table in KNOWN if table.name not in there}
