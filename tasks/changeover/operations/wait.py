"""A look at a host that waits until an undo which is at work there has ended."""

import getpass
import socket
import time
from collections.abc import Callable
from typing import TypeVar

from pyinfra import host

from changeover.facts.lock import LockIsFree
from changeover.host.changeover.lock import UNDO_SECONDS
from changeover.operations import holds
from changeover.plans import live

# for a host to notice that an earlier run of the same person is dead
_NOTICE_SECONDS = 4
_ASK_SECONDS = 10
_SAY_SECONDS = 60

Seen = TypeVar("Seen", bound=live.LockState)


def wait_for_undo(app: str, lock: str, ask: Callable[[], Seen | None]) -> Seen | None:
    """
    Return what ``ask`` sees of the current host, once no undo of the app is at work.

    Says for whom it waits, what they do and since when. After an hour, the time that systemd gives
    an undo, what is seen is returned as it is. The release of somebody else is not waited for; of
    one that this very person began from here, the host may not have noticed yet that it died.
    """
    begun = time.monotonic()
    told, told_at, noticed = "", begun, False
    while True:
        seen = ask()
        if seen is None or holds.of(host, app):
            return seen
        if live.is_live(seen) and not noticed and live.is_of(seen, *_we()):
            noticed = True
            host.get_fact(LockIsFree, lock=lock, seconds=_NOTICE_SECONDS)
            continue
        if not live.is_ending(seen) or time.monotonic() - begun > UNDO_SECONDS:
            return seen
        who = live.describe_holder(app, seen)
        if who != told or time.monotonic() - told_at > _SAY_SECONDS:
            told, told_at = who, time.monotonic()
            host.log(f"{app}: waits for the end of {who}, {UNDO_SECONDS:.0f} s at most")
        host.get_fact(LockIsFree, lock=lock, seconds=_ASK_SECONDS)


def _we() -> tuple[str, str]:
    return getpass.getuser(), socket.gethostname()
