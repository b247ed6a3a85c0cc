"""Copies of PostgreSQL's client programs that nobody but root can read.

They run as the app's user, outside of the app's walls. Of a program that a user cannot read the
kernel lets no process of that user into its view of the host (``/proc/PID/root``), nor trace it;
otherwise an app would leave its walls that way.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

_FOLDER = Path("/usr/local/lib/changeover-clients")


def out_of_reach(program: Path, folder: Path = _FOLDER) -> str:
    """Return the path of a copy, which is made where it is missing or of an older version."""
    about = program.stat()
    version = f"{program} {about.st_size} {about.st_mtime_ns}"
    major = program.parent.parent.name
    kept = folder / f"{program.name}-{major}-{hashlib.sha256(version.encode()).hexdigest()[:16]}"
    if not kept.exists():
        folder.mkdir(exist_ok=True)
        folder.chmod(0o711)  # whatever the caller's mask is
        _copy(program, kept)
    return str(kept)


def _copy(program: Path, kept: Path) -> None:
    descriptor, name = tempfile.mkstemp(dir=kept.parent)
    try:
        with os.fdopen(descriptor, "wb") as file, program.open("rb") as original:
            shutil.copyfileobj(original, file)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o711)
        Path(name).rename(kept)
    except BaseException:
        Path(name).unlink()
        raise
    for old in kept.parent.glob(f"{kept.name.rpartition('-')[0]}-*"):
        if old != kept:
            with contextlib.suppress(OSError):
                old.unlink()
