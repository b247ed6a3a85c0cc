"""Reading a file that others may have put there: never through their link, and never a long one."""

import os
import stat
from pathlib import Path

from .files import Failure

_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MOST = 1 << 20


def read_text(path: Path) -> str:
    """
    Return the text of a plain file.

    A link is followed only where it is root's or one's own. Raises Failure for another one, for
    what is no plain file, and for one that is too large to be settings.
    """
    if path.is_symlink() and path.lstat().st_uid in (0, os.geteuid()):
        path = path.resolve()
    try:
        descriptor = os.open(path, _OPEN)
    except OSError:
        if path.is_symlink():
            raise Failure(f"{path} is a symbolic link, not a file: look where it leads") from None
        raise
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise Failure(f"{path} is no plain file: look at it")
        if found.st_size > _MOST:
            raise Failure(f"{path} is larger than {_MOST >> 20} MB: look at it")
        return file.read(_MOST).decode()
