"""The line to the controller: JSON lines both ways, and never a wait for a peer that is gone."""

import contextlib
import json
import os
import time
from typing import Any

_KEPT_BYTES = 4 * 1024 * 1024
_FLUSH_SECONDS = 2.0


class Channel:
    """Standard input and output, or any two descriptors."""

    def __init__(self, read: int = 0, write: int = 1) -> None:
        """Take the descriptors; neither is ever waited for."""
        self.read, self.write = read, write
        self.open = True
        self.heard = time.monotonic()
        self._in = b""
        self._out = b""
        os.set_blocking(read, False)
        os.set_blocking(write, False)

    def receive(self) -> list[dict[str, Any]]:
        """Return the messages that came; an empty line is a beat. Notices the end of the line."""
        while True:
            try:
                part = os.read(self.read, 65536)
            except BlockingIOError:
                break
            except OSError:
                part = b""
            if not part:
                self.open = False
                break
            self.heard = time.monotonic()
            self._in += part
        *lines, self._in = self._in.split(b"\n")
        return [json.loads(line) for line in lines if line.strip()]

    def silent(self) -> float:
        """Return for how many seconds nothing was heard."""
        return time.monotonic() - self.heard

    def send(self, **message: Any) -> None:
        """Send a message if somebody takes it; what a stopped peer leaves is bounded."""
        self._out = (self._out + json.dumps(message).encode() + b"\n")[-_KEPT_BYTES:]
        self.flush()

    def flush(self) -> None:
        """Send what waits, as far as that goes."""
        with contextlib.suppress(BlockingIOError, BrokenPipeError, OSError):
            while self._out:
                self._out = self._out[os.write(self.write, self._out) :]

    def close(self) -> None:
        """Send what waits, for a bounded time."""
        deadline = time.monotonic() + _FLUSH_SECONDS
        while self._out and time.monotonic() < deadline:
            waiting = len(self._out)
            self.flush()
            if len(self._out) == waiting:
                time.sleep(0.05)
