"""Ending every process of a user that nobody logs in as, wherever it was started."""

import contextlib
import os
import pwd
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from ..files import Failure

_KILL_SECONDS = 10
_LOOK_AGAIN_SECONDS = 0.02


def kill_user(user: str) -> None:
    """
    Kill every process of a user, also of cron, of ssh, of a lingering login.

    Does nothing where there is no such user. Raises Failure unless all are gone.
    """
    try:
        uid = pwd.getpwnam(user).pw_uid
    except KeyError:
        return
    if uid in (0, os.geteuid()):
        raise Failure(f"{user} is root or who runs this: its processes are not ended")
    deadline = time.monotonic() + _KILL_SECONDS
    while found := list(_processes_of(uid)):
        if time.monotonic() > deadline:
            raise Failure(f"processes of {user} do not end: {' '.join(map(str, found))}")
        _kill_at_once(uid)
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_LOOK_AGAIN_SECONDS)


def _kill_at_once(uid: int) -> None:
    """Kill as that user all that it may kill: who forks quickly outruns a kill of one by one."""
    child = os.fork()
    if child == 0:
        try:
            os.setresuid(uid, uid, uid)
            # else it would be everybody's processes
            if os.getresuid() == (uid, uid, uid) and not _has_capabilities():
                os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def _has_capabilities() -> bool:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("CapEff:")).split()[1], 16) != 0


def _processes_of(uid: int) -> Iterator[int]:
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # its name is the process's own to choose, and need not be text
                status = Path(entry.path, "status").read_text(errors="replace")
                line = next(line for line in status.splitlines() if line.startswith("Uid:"))
                # one that is gone but not waited for does nothing any more, unless a thread is left
                gone = (
                    "\nState:\tZ" in status and len(list(Path(entry.path, "task").iterdir())) == 1
                )
                if str(uid) in line.split()[1:] and not gone:
                    yield int(entry.name)
