"""What a step is at, told while it works: the lines of its output that begin with @@now."""

import time

from ..shown_text import shown

MARK = "@@now "
_MARK = MARK.encode()
_MOST = 300
_SECONDS = 1.0


class Now:
    """Finds those lines in an output; of many a second, the last."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._line = b""
        self._newest = ""
        self._told_at = -_SECONDS

    def add(self, part: bytes) -> None:
        """Take more of the output; of a line, only its beginning is kept."""
        first, *others = part.split(b"\n")
        self._line = (self._line + first)[:_MOST]
        for line in others:
            if self._line.startswith(_MARK):
                self._newest = shown(self._line[len(_MARK) :].decode(errors="replace"))
            self._line = line[:_MOST]

    def due(self) -> str:
        """Return what is to be told now, "" where there is nothing new or it was told just now."""
        if not self._newest or time.monotonic() - self._told_at < _SECONDS:
            return ""
        self._told_at, found, self._newest = time.monotonic(), self._newest, ""
        return found


def without_marks(output: str) -> str:
    """Return an output without those lines: they were told."""
    return "".join(line for line in output.splitlines(keepends=True) if not line.startswith(MARK))
