"""What host and controller have to say alike: the program's version, and who works on an app."""

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .lock import RELEASE, UNDO

NO_APP = "this host carries no app"
"""What the program says of an app that was never released here."""


def version() -> str:
    """Return a digest over the program's own files, by which the two know that they fit."""
    digest = hashlib.sha256()
    own = Path(__file__).parent
    for path in sorted([*own.glob("*.py"), own.parent / "files.py"]):  # how a journal is written
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def release(app: str, about: Mapping[str, Any], phase: str | None = None) -> dict[str, Any]:
    """Return what a release says of itself in the app's lock."""
    kept = ("id", "kind", "operator", "controller", "began")
    found = {"what": RELEASE, **{key: about.get(key) for key in kept}, "phase": phase}
    return found | {"since": about.get("began"), "said": _release(app, about, phase)}


def undo(app: str, about: Mapping[str, Any], by: str, *, forward: bool = False) -> dict[str, Any]:
    """Return what somebody who ends a changeover says of it in the app's lock."""
    kept = ("id", "kind", "operator", "controller", "began")
    does = "the completion" if forward else "the undo"
    now = time.time()
    said = f"{does} of {_release(app, about)}, by {by} since {_moment(now)}"
    known = {key: about.get(key) for key in kept}
    return {"what": UNDO, **known, "by": by, "forward": forward, "since": now, "said": said}


def said(app: str, holder: Mapping[str, Any]) -> str:
    """Return who holds an app's lock, in words; never nobody."""
    if holder.get("said"):
        return str(holder["said"])
    process = f" (process {holder['pid']})" if holder.get("pid") else ""
    return f"a script{process} that works on {app}"


def being_released(app: str, about: Mapping[str, Any], phase: str | None) -> str:
    """Return who releases the app, since when, in which phase, and what to do about it."""
    since = f" since {_moment(about['began'])}" if about.get("began") else ""
    return (
        f"{app} is being released by {_person(about)}{since}, now in phase"
        f" {phase or 'begin'}: wait for it, or break it with"
        f" deploys/undo.py --data changeover_break={about.get('id') or 'ID'}"
    )


def _release(app: str, about: Mapping[str, Any], phase: str | None = None) -> str:
    since = f" since {_moment(about['began'])}" if about.get("began") else ""
    now = f", now in phase {phase}" if phase else ""
    kind = str(about.get("kind") or "release").partition(" ")[0]
    return f"the {kind} of {app} by {_person(about)}{since}{now}"


def _person(about: Mapping[str, Any]) -> str:
    if not about.get("operator"):
        process = f", process {about['pid']}" if about.get("pid") else ""
        return f"a run that did not say whose it is ({about.get('id') or 'no id'}{process})"
    return f"{about['operator']} from {about.get('controller') or 'an unknown machine'}"


def _moment(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at))
