"""The room that what runs behind walls leaves on the host's disks: an undo needs some too."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

# what a full disk would take from everybody: the rest stays free
RESERVE_MEGABYTES = 256
RESERVE_FILES = 10_000
# where else something is written for it: databases, the sandbox's own /tmp, our notes
_ALSO = ("/var/lib", "/var/lib/postgresql", "/var/tmp", "/tmp")  # noqa: S108 - only looked at
_LOOK_SECONDS = 0.25


class Room:
    """The disks on which a command may write, watched from its start."""

    def __init__(self, folders: Iterable[str], megabytes: int = 0, reserve: int = 0) -> None:
        """
        Begin to watch the disks of folders, and of what every command writes to.

        ``megabytes`` is what it may use of the folders' disks, without a limit where 0; ``reserve``
        what has to stay free, if that is more than is always kept.
        """
        self._own = _disks(folders)
        self._began = _disks(_ALSO) | self._own
        self._before = {disk: os.statvfs(place) for disk, place in self._began.items()}
        self._megabytes, self._reserve = megabytes, max(reserve, RESERVE_MEGABYTES)
        self._looked = 0.0

    def problem(self) -> str:
        """Return why the command has to be ended, "" while all is well; looks now and then."""
        if time.monotonic() - self._looked < _LOOK_SECONDS:
            return ""
        self._looked = time.monotonic()
        for disk, place in self._began.items():
            megabytes = self._megabytes if disk in self._own else 0
            try:
                now = os.statvfs(place)
            except OSError:
                return f"nobody can tell any more how full the disk of {place} is"
            if problem := too_much(self._before[disk], now, megabytes, self._reserve):
                return f"{problem} ({place})"
        return ""


def least_free(before: int, reserve: int = RESERVE_MEGABYTES) -> int:
    """Return the bytes that stay free: of a disk that was nearly full, half of what there was."""
    return min(reserve << 20, before // 2)


def too_much(
    before: os.statvfs_result, now: os.statvfs_result, megabytes: int, reserve: int
) -> str:
    """Return how a command has used too much of a disk."""
    used = (before.f_bavail - now.f_bavail) * now.f_frsize
    free = now.f_bavail * now.f_frsize
    if megabytes and used > megabytes << 20:
        return f"it used more than {megabytes} MB of the disk"
    least = least_free(before.f_bavail * before.f_frsize, reserve)
    if used > 0 and free < least:
        return f"it left less than {least >> 20} MB free on the disk"
    # some file systems have no fixed number of files
    if now.f_files and now.f_favail < min(RESERVE_FILES, before.f_favail // 2):
        return f"it left room for less than {RESERVE_FILES} files on the disk"
    return ""


def _disks(folders: Iterable[str]) -> dict[int, str]:
    return {Path(one).stat().st_dev: one for one in folders if Path(one).is_dir()}
