"""
The one lock of an app on a host: whoever changes the app holds it, and nobody else does.

A release holds it from its first change to its end, through its own ssh channel; the undo and
scripts outside of releases hold it while they work. It is the kernel's (flock), so a holder that
died has let go of it: no expiry, no clock. The file's content says what its holder is, and its
time when somebody last took it: while that stays the same, nobody has changed the app.
"""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

RELEASE, UNDO = "release", "undo"

_POLL_SECONDS = 0.1


class Held(Exception):  # noqa: N818 - a state, not an error
    """Somebody else holds the lock; ``holder`` says what is known of them."""

    def __init__(self, holder: dict[str, Any]) -> None:
        """Keep what is known."""
        super().__init__(str(holder))
        self.holder = holder


@contextlib.contextmanager
def lock(
    path: Path, what: str, wait: float, give_up: Callable[[dict[str, Any]], bool]
) -> Iterator[str]:
    """
    Hold the lock; yields its stamp: when it was taken before.

    Waits for another holder, at most ``wait`` seconds and no longer than ``give_up``, asked with
    what is known of the holder, is false. Raises Held then.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(descriptor, time.monotonic() + wait, give_up)
        stamp = _stamp(descriptor)
        _describe(descriptor, {"what": what, "pid": os.getpid(), "since": time.time()})
        yield stamp
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
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _described(descriptor)
    finally:
        os.close(descriptor)
    return None


def is_release(holder: dict[str, Any]) -> bool:
    """Tell whether what is known of a holder says that it is a live release."""
    return holder.get("what") == RELEASE


def _acquire(descriptor: int, deadline: float, give_up: Callable[[dict[str, Any]], bool]) -> None:
    # a look at the lock (holder) can collide with us for an instant: so at least two tries
    tries = 0
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            found, tries = _described(descriptor), tries + 1
            if tries > 1 and (give_up(found) or time.monotonic() >= deadline):
                raise Held(found) from None
        else:
            return
        time.sleep(_POLL_SECONDS)


def _stamp(descriptor: int) -> str:
    """Return the file's time as ``stat -c %.9Y`` writes it."""
    seconds, nanoseconds = divmod(os.fstat(descriptor).st_mtime_ns, 10**9)
    return f"{seconds}.{nanoseconds:09d}"


def _describe(descriptor: int, about: dict[str, Any]) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(about).encode() if about else b"", 0)


def _described(descriptor: int) -> dict[str, Any]:
    try:
        found = json.loads(os.pread(descriptor, 4096, 0))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
