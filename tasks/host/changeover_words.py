"""What host and controller have to say alike: the program's version, and that a release goes on."""

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def version() -> str:
    """Return a digest over the program's own files, by which the two know that they fit."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("changeover_*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def being_released(app: str, about: Mapping[str, Any], phase: str | None) -> str:
    """Return who releases the app, since when, in which phase, and what to do about it."""
    since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(about.get("began", time.time())))
    return (
        f"{app} is being released by {about.get('operator', 'somebody')} from"
        f" {about.get('controller', 'somewhere')} since {since}, now in phase"
        f" {phase or 'begin'}: wait for it, or break it with"
        f" deploys/undo.py --data changeover_break={about.get('id', 'ID')}"
    )
