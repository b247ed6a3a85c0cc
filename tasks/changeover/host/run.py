"""Commands of the host: begun at once, bounded in time and in what they say."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress

_SECONDS = 60
_MOST = 16 << 20
_NOT_THERE = 127


class Run:
    """A command that runs while others are asked."""

    def __init__(
        self,
        words: Sequence[str],
        *,
        seconds: float = _SECONDS,
        most: int = _MOST,
        errors: int | None = subprocess.DEVNULL,
        folder: str | None = None,
    ) -> None:
        """Begin it; ``errors`` is where its complaints go: ``STDOUT``, into what it says."""
        self.status, self.cut_short = _NOT_THERE, False
        self._name, self._most, self._ends = words[0], most, time.monotonic() + seconds
        self._process: subprocess.Popen[bytes] | None = None
        with suppress(FileNotFoundError, PermissionError):  # it is not there
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                cwd=folder,
            )

    def said(self) -> bytes:
        """Return what it says until its end, or until it was cut short; sets the status."""
        if self._process is None:
            return b""
        said, ended = self._listen(self._process)
        if not ended:
            self._kill(self._process)
        self.status, self.cut_short = self._process.wait(), not ended
        return said[: self._most]

    def stop(self) -> None:
        """End it: nobody wants to know any more."""
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()
            self._kill(self._process)
            self._process.wait()

    def text(self) -> str:
        """
        Return the same as text; what is none is spelt so that each byte can be told.

        Raises TimeoutError where it was cut short, OSError where it was killed: that is not all
        there is.
        """
        said = self.said()
        if self.cut_short:
            raise TimeoutError(f"{self._name} does not come to its end")
        if self.status < 0:
            raise OSError(f"{self._name} was killed by signal {-self.status}")
        return said.decode("utf-8", "surrogateescape")

    def _kill(self, process: "subprocess.Popen[bytes]") -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def _listen(self, process: "subprocess.Popen[bytes]") -> tuple[bytes, bool]:
        """Return what it says, and whether it came to its end."""
        assert process.stdout is not None
        said = bytearray()
        with process.stdout as output:
            while len(said) <= self._most:
                left = self._ends - time.monotonic()
                if not select.select([output], [], [], max(0, left))[0]:
                    return bytes(said), False
                part = os.read(output.fileno(), 1 << 16)
                if not part:
                    return bytes(said), self._ended(process)
                said += part
        return bytes(said), False

    def _ended(self, process: "subprocess.Popen[bytes]") -> bool:
        try:
            process.wait(max(0, self._ends - time.monotonic()) + 0.1)
        except subprocess.TimeoutExpired:
            return False
        return True


def text(*words: str, seconds: float = _SECONDS) -> str:
    """Return what a command says. Raises TimeoutError where it does not come to its end."""
    return Run(words, seconds=seconds).text()
