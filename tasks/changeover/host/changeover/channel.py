"""The line to the controller: JSON lines both ways, and never a wait for a peer that is gone."""

import contextlib
import json
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

# of both ends: a single one may be late
BEATS_PER_SILENCE = 3

_KEPT_BYTES = 4 * 1024 * 1024
_FLUSH_SECONDS = 2.0
_PARTS = 64
_OUTPUT = b'{"output":'


class Channel:
    """Standard input and output, or any two descriptors."""

    def __init__(self, read: int = 0, write: int = 1) -> None:
        """Take the descriptors; neither is ever waited for."""
        self.read, self.write = read, write
        self.open = True
        self.heard = time.monotonic()
        self._in = b""
        self._sending = b""
        self._waiting: list[bytes] = []
        self._lock = threading.RLock()
        os.set_blocking(read, False)
        os.set_blocking(write, False)

    def receive(self) -> list[dict[str, Any]]:
        """
        Return the messages that came; an empty line is a beat. Notices the end of the line.

        Raises ValueError for what is no message.
        """
        for _ in range(_PARTS):  # who never stops sending gets no more than its turn
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
        messages = [json.loads(line) for line in lines if line.strip()]
        if not all(isinstance(message, dict) for message in messages):
            raise ValueError("the controller sent what is no message")
        return messages

    def silent(self) -> float:
        """Return for how many seconds nothing was heard."""
        return time.monotonic() - self.heard

    @property
    def pending(self) -> bool:
        """Tell whether the peer has not taken all yet."""
        return bool(self._sending or self._waiting)

    def send(self, **message: Any) -> None:
        """Send a message if somebody takes it; of output, the oldest goes when it is too much."""
        with self._lock:
            self._waiting.append(json.dumps(message).encode() + b"\n")
            while sum(map(len, self._waiting)) > _KEPT_BYTES:
                oldest = next((line for line in self._waiting if line.startswith(_OUTPUT)), None)
                if oldest is None:
                    break
                self._waiting.remove(oldest)
            self.flush()

    def flush(self) -> None:
        """Send what waits, as far as that goes."""
        with self._lock, contextlib.suppress(BlockingIOError, BrokenPipeError, OSError):
            while self.pending:
                # a message that was begun is sent whole: half of one would be nonsense
                self._sending = self._sending or self._waiting.pop(0)
                self._sending = self._sending[os.write(self.write, self._sending) :]

    @contextlib.contextmanager
    def beating(self, seconds: float) -> Iterator[None]:
        """
        Let the controller know now and then that we are there, whatever we are busy with.

        A thread does it: an undo, or the disk, may keep the process for minutes.
        """
        enough = threading.Event()

        def beat() -> None:
            while True:
                with self._lock:
                    if not self.pending:  # else it is not being heard, or hears enough
                        self._sending = b"\n"
                    self.flush()
                if enough.wait(seconds):
                    return

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            enough.set()
            thread.join()

    def close(self) -> None:
        """Send what waits, for a bounded time."""
        deadline = time.monotonic() + _FLUSH_SECONDS
        while self.pending and time.monotonic() < deadline:
            self.flush()
            if self.pending:
                time.sleep(0.02)
