"""Whether something is released on the host, and the way to keep it so while the host boots."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..changeover.journal import Journal
from ..changeover.lock import LockedError, holder, is_release, lock
from ..changeover.lock import path as lock_path

REBOOT = "reboot"


@dataclass(frozen=True)
class Places:
    """Where the host keeps what is looked at."""

    state: Path = Path("/var/lib/changeover")
    run: Path = Path("/run")
    dpkg: Path = Path("/var/lib/dpkg/lock-frontend")
    required: Path = Path("/run/reboot-required")
    window: Path = Path("/etc/changeover/reboot_window")

    def lock(self, name: str) -> Path:
        """Return the lock of an app, or of the host itself."""
        return lock_path(self.run, name)

    def names(self) -> list[str]:
        """Return the apps that the host carries, and ``host`` where it was provisioned."""
        folders = self.state.iterdir() if self.state.is_dir() else ()
        return sorted(path.name for path in folders if path.is_dir())


class Busy(Exception):  # noqa: N818 - a state, not an error
    """Something is going on; the message says what."""


def busy(places: Places, but: str = "") -> str:
    """Return what goes on that must not be disturbed, "" for nothing; ``but`` does not count."""
    found = [_of(places, name) for name in places.names() if name != but]
    return "; ".join(one for one in found if one)


@contextlib.contextmanager
def kept_quiet(places: Places) -> Iterator[None]:
    """
    Hold the locks of all apps and of dpkg, so that nothing begins while the host goes down.

    Raises Busy if something holds one of them, or left a changeover open.
    """
    with contextlib.ExitStack() as stack:
        for name in places.names():
            try:
                about = {"what": REBOOT, "said": "the boot of the host"}
                stack.enter_context(lock(places.lock(name), about, lambda _: 0))
            except LockedError as held:
                raise Busy(_told(name, held.holder)) from None
        if what := "; ".join(filter(None, (_open(places, name) for name in places.names()))):
            raise Busy(what)
        stack.enter_context(_dpkg(places.dpkg))
        yield


@contextlib.contextmanager
def _dpkg(path: Path) -> Iterator[None]:
    if not path.exists():
        yield
        return
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # as dpkg itself locks
        except OSError:
            raise Busy("packages are being installed") from None
        yield
    finally:
        os.close(descriptor)


def _of(places: Places, name: str) -> str:
    found = holder(places.lock(name))
    return _told(name, found) if found is not None else _open(places, name)


def _told(name: str, found: dict[str, object]) -> str:
    if is_release(found):
        return f"{name} is being released"
    return str(found.get("said") or f"a script works on {name}")


def _open(places: Places, name: str) -> str:
    folder = Journal(places.state / name).folder
    return f"a changeover of {name} is open ({folder})" if folder else ""
