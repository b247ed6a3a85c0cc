"""The last of what a program says, in bounded memory, however much it writes."""

import os
import threading
from pathlib import Path
from typing import IO

from ..shown_text import shown

LIMIT = 65536
_PART = 65536


class Tail:
    """Keeps the end of an output, and counts what it leaves out."""

    def __init__(self, limit: int = LIMIT) -> None:
        """Keep at most so many bytes."""
        self._limit = limit
        self._kept = bytearray()
        self._left_out = 0

    def add(self, part: bytes) -> None:
        """Take more output; never holds more than twice the limit beside it."""
        self._kept += part
        if len(self._kept) > 2 * self._limit:
            self._cut()

    def text(self) -> str:
        """Return the end of the output, safe to show; a first line says what was left out."""
        self._cut()
        start = self._start()
        out = f"[{self._left_out + start} bytes before this left out]\n" if self._left_out else ""
        return out + shown(self._kept[start:].decode(errors="replace"))

    def lines(self, count: int) -> list[str]:
        """Return at most so many last lines."""
        self._cut()
        said = self._kept[self._start() :].decode(errors="replace")
        return [shown(line) for line in said.splitlines()[-count:]]

    def _cut(self) -> None:
        over = len(self._kept) - self._limit
        if over > 0:
            del self._kept[:over]
            self._left_out += over

    def _start(self) -> int:
        """Return where the first whole line begins; a line that never ends is cut."""
        if not self._left_out:
            return 0
        start = self._kept.find(b"\n") + 1
        return start if start < len(self._kept) else 0


def read(descriptor: int) -> bytes | None:
    """Return a bounded part of what is there without waiting; None for nothing, b"" at the end."""
    try:
        return os.read(descriptor, _PART)
    except BlockingIOError:
        return None


def read_rest(descriptor: int, tail: Tail) -> None:
    """Take what an ended program left in its pipe; somebody else may still write there."""
    for _ in range(64):  # a pipe holds 64 KiB, at most 1 MiB
        part = read(descriptor)
        if not part:
            return
        tail.add(part)


def follow(stream: IO[bytes], limit: int = LIMIT) -> Tail:
    """Read a stream to its end; return the end of what it said."""
    tail = Tail(limit)
    while part := os.read(stream.fileno(), _PART):
        tail.add(part)
    return tail


class Heard:
    """What is said on a stream, heard in the background: whoever speaks there never waits."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        """Begin to listen; the stream is a pipe to a child."""
        assert stream
        self._stream, self._tail = stream, Tail()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while part := os.read(self._stream.fileno(), _PART):
            self._tail.add(part)

    def text(self) -> str:
        """Return the end of it, once nobody can say more there."""
        self._thread.join()
        return self._tail.text()


def end_of(path: Path, limit: int = LIMIT) -> Tail:
    """Return the end of what a file says."""
    tail = Tail(limit)
    with path.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - 2 * limit))
        tail.add(file.read(2 * limit))
    return tail
