"""Commands of the host: begun at once, bounded in time and in what they say."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread

_SECONDS = 60
_MOST = 16 << 20
_NOT_THERE = 127


class Run:
    """
    A command that runs while others are asked.

    What it says is taken meanwhile, so that it never waits for us. A process with such a command
    must not fork any more: ``Aside`` comes first.
    """

    def __init__(
        self,
        words: Sequence[str],
        *,
        seconds: float = _SECONDS,
        most: int = _MOST,
        errors: int | None = subprocess.DEVNULL,
        folder: str | None = None,
    ) -> None:
        """Begin it, and its time; ``errors`` is where complaints go: ``STDOUT``, into the same."""
        self.status, self.cut_short = _NOT_THERE, False
        self._name, self._most, self._ends = words[0], most, time.monotonic() + seconds
        self._said = bytearray()
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: Thread | None = None
        with suppress(FileNotFoundError, PermissionError):  # it is not there
            process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                cwd=folder,
            )
            self._process = process
            self._reader = Thread(target=self._take, args=(process,), daemon=True)
            self._reader.start()

    def said(self) -> bytes:
        """Return what it says until its end, or until it was cut short; sets the status."""
        if self._reader is not None:
            self._reader.join()
        return bytes(self._said[: self._most])

    def stop(self) -> None:
        """End it: nobody wants to know any more."""
        if self._process is not None and self._process.returncode is None:
            _kill(self._process)
        self.said()

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

    def _take(self, process: "subprocess.Popen[bytes]") -> None:
        """Take all that it says, and see that it ends."""
        ended = self._listen(process)
        if not ended:
            _kill(process)
        self.status, self.cut_short = process.wait(), not ended

    def _listen(self, process: "subprocess.Popen[bytes]") -> bool:
        """Tell whether it came to its end."""
        assert process.stdout is not None
        with process.stdout as output:
            while len(self._said) <= self._most:
                left = self._ends - time.monotonic()
                if not select.select([output], [], [], max(0, left))[0]:
                    return False
                part = os.read(output.fileno(), 1 << 16)
                if not part:
                    return self._ended(process)
                self._said += part
        return False

    def _ended(self, process: "subprocess.Popen[bytes]") -> bool:
        try:
            process.wait(max(0, self._ends - time.monotonic()) + 0.1)
        except subprocess.TimeoutExpired:
            return False
        return True


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def text(*words: str, seconds: float = _SECONDS) -> str:
    """Return what a command says. Raises TimeoutError where it does not come to its end."""
    return Run(words, seconds=seconds).text()
