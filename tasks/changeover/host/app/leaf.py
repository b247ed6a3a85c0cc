"""
A folder that is an app's user's to fill, in one of root's, where the running app cannot reach it.

A child that works as that user sees it at a path of its own (``child``), as a sandbox can.
Root takes files over from it by descriptor: what is a link, or has a second name, is none.
"""

import contextlib
import os
import stat
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from ..files import Failure
from . import child
from . import user as app_user

SEEN = Path("/run/changeover-leaf")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_TAKE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_GIVE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Leaf:
    """The folder."""

    def __init__(self, folder: Path, user: str) -> None:
        """Make it, below a folder that only root can enter."""
        self.folder, self.user = folder, user
        self._own = app_user.is_self(user)
        folder.mkdir(mode=0o700)
        if not self._own:
            SEEN.mkdir(mode=0o755, exist_ok=True)
            found = app_user.find(user)
            os.chown(folder, found.pw_uid, found.pw_gid, follow_symlinks=False)

    @property
    def seen(self) -> Path:
        """Where it is for who works in it."""
        return self.folder if self._own else SEEN

    def run(
        self, act: Callable[[], Any], *, keep: Collection[int] = (), largest: int | None = None
    ) -> Any:
        """Do something as the user, with the folder in sight."""
        shown = None if self._own else (self.folder, SEEN)
        return child.run(self.user, act, shown=shown, keep=keep, largest=largest)

    @contextlib.contextmanager
    def taken(self, name: str) -> Iterator[int]:
        """Open a file that the user made, for root to read. Raises Failure for what is none."""
        with self._entered() as folder:
            try:
                descriptor = os.open(name, _TAKE, dir_fd=folder)
            except OSError as error:
                what = f"{self.folder / name} cannot be taken over: {error.strerror}"
                raise Failure(what) from None
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
                raise Failure(f"{self.folder / name} is no file of its own: it is not taken over")
            yield descriptor
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def given(self, name: str) -> Iterator[int]:
        """Make a file that is the user's when it has been written."""
        with self._entered() as folder:
            descriptor = os.open(name, _GIVE, 0o600, dir_fd=folder)
        try:
            yield descriptor
            if not self._own:
                found = app_user.find(self.user)
                os.fchown(descriptor, found.pw_uid, found.pw_gid)
        finally:
            os.close(descriptor)

    def remove(self, name: str) -> None:
        """Remove a file."""
        with self._entered() as folder, contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)

    @contextlib.contextmanager
    def _entered(self) -> Iterator[int]:
        descriptor = os.open(self.folder, _FOLDER)
        try:
            yield descriptor
        finally:
            os.close(descriptor)
