"""
The one lock of an app on a host: whoever changes the app holds it, and nobody else does.

A release holds it from its first change to its end, through its own ssh channel; the undo and
scripts outside of releases hold it while they work. It is the kernel's (flock), so a holder that
died has let go of it: no expiry, no clock. The file's content says what its holder does, and its
time when somebody last took it: while that stays the same, nobody has changed the app.

The locks lie in a folder that only root enters: who can open a lock, even to read it, can hold it.
"""

import contextlib
import fcntl
import json
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

RELEASE, UNDO, SCRIPT = "release", "undo", "script"

FOLDER = "changeover-locks"

# For how long others wait: for an undo as long as one may take where no setting says more.
UNDO_SECONDS = 7200.0
SCRIPT_SECONDS = 300.0

_POLL_SECONDS = 0.1
# who has just taken a lock needs a moment to say what it is
_LOOKS = 20
_LOOK_AGAIN_SECONDS = 0.05

Patience = Callable[[dict[str, Any]], float]
"""From what is known of a holder to how many seconds it is waited for, in all."""


class LockedError(Exception):
    """Somebody else holds the lock; ``holder`` says what is known of them."""

    def __init__(self, holder: dict[str, Any]) -> None:
        """Keep what is known."""
        super().__init__(str(holder))
        self.holder = holder


class AppLock:
    """A lock that is held."""

    def __init__(self, descriptor: int) -> None:
        """Take the open file."""
        self._descriptor = descriptor
        self.stamp = _stamp(descriptor)
        """When it was taken before, as ``stat -c %.9Y`` writes it."""

    def describe(self, about: Mapping[str, Any]) -> None:
        """Say what its holder does now, for everybody who meets it."""
        _describe(self._descriptor, {**about, "pid": os.getpid()})


def patience(found: dict[str, Any]) -> float:
    """Wait for what ends by itself, and not for a release: what was seen would not stay so."""
    if is_release(found):
        return 0
    return UNDO_SECONDS if is_undo(found) else SCRIPT_SECONDS


def path(run: Path, app: str) -> Path:
    """Return the lock of an app, or of the host itself."""
    return run / FOLDER / f"{app}.lock"


@contextlib.contextmanager
def lock(
    path: Path,
    about: Mapping[str, Any],
    patience: Patience,
    waiting: Callable[[dict[str, Any]], None] = lambda _: None,
) -> Iterator[AppLock]:
    """
    Hold the lock, and say ``about`` in it.

    Another holder is waited for with patience; ``waiting`` is called meanwhile, many times a
    second. Raises Held when patience is over, OSError where the lock's folder is not ours alone.
    """
    make_folder(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(descriptor, patience, waiting)
        taken = AppLock(descriptor)
        taken.describe(about)
        yield taken
        _describe(descriptor, {})
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def holder(path: Path) -> dict[str, Any] | None:
    """Return what is known of the holder, None when nobody holds the lock."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        for _ in range(_LOOKS):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                if found := _described(descriptor):
                    return found
                time.sleep(_LOOK_AGAIN_SECONDS)
            else:
                return None
    finally:
        os.close(descriptor)
    return {}


def make_folder(folder: Path) -> None:
    """Make the folder that only we enter; after a boot there is none."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise OSError(f"{folder} is not a folder of ours: move it away")
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)


def is_release(holder: Mapping[str, Any]) -> bool:
    """Tell whether what is known of a holder says that it is a live release."""
    return holder.get("what") == RELEASE


def is_undo(holder: Mapping[str, Any]) -> bool:
    """Tell whether what is known of a holder says that it ends a changeover, back or forward."""
    return holder.get("what") == UNDO


def _acquire(
    descriptor: int, patience: Patience, waiting: Callable[[dict[str, Any]], None]
) -> None:
    # a look at the lock (holder) can collide with us for an instant, and who has just taken it has
    # not said yet what it is: so never after one look
    begun, looks = time.monotonic(), 0
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            found, looks = _described(descriptor), looks + 1
            if looks > (1 if found else _LOOKS) and time.monotonic() >= begun + patience(found):
                raise LockedError(found) from None
            waiting(found)
        else:
            return
        time.sleep(_POLL_SECONDS)


def _stamp(descriptor: int) -> str:
    """Return the file's time as ``stat -c %.9Y`` writes it."""
    seconds, nanoseconds = divmod(os.fstat(descriptor).st_mtime_ns, 10**9)
    return f"{seconds}.{nanoseconds:09d}"


def _describe(descriptor: int, about: Mapping[str, Any]) -> None:
    content = json.dumps(about).encode() if about else b""
    try:
        os.pwrite(descriptor, content, 0)  # over the old one, so that it is never empty in between
        os.ftruncate(descriptor, len(content))
    except OSError:  # no room: that it is held counts, so nobody's undo fails for its words
        os.ftruncate(descriptor, 0)


def _described(descriptor: int) -> dict[str, Any]:
    """Return what the holder says; {} where that is a dead one's, or not said yet."""
    try:
        found = json.loads(os.pread(descriptor, 65536, 0))
    except ValueError:
        return {}
    alive = isinstance(found, dict) and Path(f"/proc/{found.get('pid')}").exists()
    return found if alive else {}
