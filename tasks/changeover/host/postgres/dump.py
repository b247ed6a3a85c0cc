"""A dump on its way into a file."""

import errno
import hashlib
import os
import shutil
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from ..output.tail import Heard
from ..sandbox.room import least_free
from .access import SETTINGS, Access, start
from .session import Trouble

CHUNK = 1024 * 1024


class Stored(NamedTuple):
    """What was written, noted while it was written."""

    size: int
    sha256: str


class Dump:
    """
    A pg_dump of a snapshot at work, compressed into a file.

    Leaving it early ends it.
    """

    def __init__(self, access: Access, major: int, snapshot: str, target: Path) -> None:
        """Start; the target must not exist."""
        self._file = target.open("xb")
        self._least_free = least_free(shutil.disk_usage(target).free)
        command = [
            access.place.client("pg_dump", major),
            "-Fc",
            "-Z0",
            "-w",
            f"--snapshot={snapshot}",
        ]
        command.append(f"--lock-wait-timeout={SETTINGS['lock_timeout']}")
        pipe = subprocess.PIPE
        self._dump = start(
            access, command, access.database, access.inside, stdout=pipe, stderr=pipe
        )
        self._zstd = subprocess.Popen(
            ["zstd", "-q", "-3", "--check", "-c"], stdin=self._dump.stdout, stdout=pipe, stderr=pipe
        )
        let_go(self._dump)
        self._said = Heard(self._dump.stderr)
        self._digest = hashlib.sha256()
        self._trouble: OSError | None = None
        self._pump = threading.Thread(target=self._write, daemon=True)
        self._pump.start()

    def _write(self) -> None:
        assert self._zstd.stdout
        try:
            while content := self._zstd.stdout.read(CHUNK):
                self._digest.update(content)
                self._file.write(content)
                self._leave_room()
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            self._trouble = error
            self._kill()

    def _leave_room(self) -> None:
        # the app decides how long a dump gets; the rest of the disk is everybody's
        if shutil.disk_usage(self._file.name).free < self._least_free:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self._file.name)

    def finish(self) -> Stored:
        """Wait for the end. Raises what went wrong on the way."""
        self._pump.join()
        said = self._said.text()
        statuses = self._dump.wait(), self._zstd.wait()
        if self._trouble:
            raise self._trouble
        if said or statuses != (0, 0):
            raise Trouble(said or f"pg_dump and zstd ended with the statuses {statuses}")
        return Stored(self._file.tell(), self._digest.hexdigest())

    def _kill(self) -> None:
        for process in (self._dump, self._zstd):
            process.kill()

    def __enter__(self) -> "Dump":
        """Give itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End whatever still runs."""
        self._kill()
        self._pump.join()
        self._said.text()
        for process in (self._dump, self._zstd):
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream:
                    stream.close()
        self._file.close()


def let_go(process: "subprocess.Popen[bytes]") -> None:
    """Close our end of a pipe between two children, so that either hears of the other's end."""
    assert process.stdout
    process.stdout.close()
