"""Whether a lock of a host is free, after a wait."""

import shlex

from pyinfra.api import FactBase
from typing_extensions import override


class LockIsFree(FactBase[bool]):
    """
    Returns whether nobody holds the lock, after waiting for it on the host itself.

    + lock: its path
    + seconds: for how long to wait at most

    .. code:: python

        True
    """

    @staticmethod
    @override
    def default() -> bool:
        """Return False: nothing is known."""
        return False

    @override
    def command(self, lock: str, seconds: int) -> str:
        """Wait as a reader does, and leave it at once; without a file nobody holds it."""
        quoted = shlex.quote(lock)
        return f"if [ ! -e {quoted} ] || flock -s -w {seconds} {quoted} true; then echo free; fi"

    @override
    def process(self, output: list[str]) -> bool:
        """Tell whether it got it."""
        return "free" in output
