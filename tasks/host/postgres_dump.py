"""A dump on its way into a file, and back from there into a database."""

import contextlib
import errno
import hashlib
import os
import shutil
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from .changeover_files import Failure
from .output_tail import Heard
from .postgres_access import SETTINGS, Access, start, tool
from .postgres_session import Trouble

CHUNK = 1024 * 1024
RESERVE_BYTES = 256 << 20
_LONGEST_LIST = 64 << 20


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
        self._least_free = min(RESERVE_BYTES, shutil.disk_usage(target).free // 2)
        command = [tool("pg_dump", major), "-Fc", "-Z0", "-w", f"--snapshot={snapshot}"]
        command.append(f"--lock-wait-timeout={SETTINGS['lock_timeout']}")
        pipe = subprocess.PIPE
        self._dump = start(
            access, command, access.database, access.inside, stdout=pipe, stderr=pipe
        )
        self._zstd = subprocess.Popen(
            ["zstd", "-q", "-3", "--check", "-c"], stdin=self._dump.stdout, stdout=pipe, stderr=pipe
        )
        _let_go(self._dump)
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


def _let_go(process: "subprocess.Popen[bytes]") -> None:
    """Close our end of a pipe between two children, so that either hears of the other's end."""
    assert process.stdout
    process.stdout.close()


def contents(access: Access, major: int, artefact: Path) -> str:
    """Return what an artefact holds, one object a line, as pg_restore lists it."""
    pipe = subprocess.PIPE
    command = [tool("pg_restore", major), "--list"]
    with artefact.open("rb") as stored:
        zstd = subprocess.Popen(["zstd", "-q", "-dc"], stdin=stored, stdout=pipe, stderr=pipe)
    listing = start(access, command, "", access.inside, stdin=zstd.stdout, stdout=pipe, stderr=pipe)
    _let_go(zstd)
    with zstd, listing:
        told = Heard(listing.stderr)
        assert listing.stdout
        said = listing.stdout.read(_LONGEST_LIST)
        listing.kill()
        zstd.kill()  # the list stands at the begin
    if len(said) == _LONGEST_LIST or told.text():
        raise Trouble(told.text() or f"its list is longer than {_LONGEST_LIST >> 20} MB")
    return said.decode(errors="replace")


def load(
    access: Access, major: int, artefact: Path, database: str, only: str | None = None
) -> None:
    """
    Restore an artefact into a database, as the app's role unless the app is trusted.

    ``only`` is what is to be restored of it, all of it without. Raises Failure for an artefact that
    is damaged.
    """
    command = [tool("pg_restore", major), "-w", "--exit-on-error", f"--dbname={database}"]
    with contextlib.ExitStack() as stack:
        passed = []
        if only is not None:
            listed = stack.enter_context(os.fdopen(os.memfd_create("contents"), "w"))
            listed.write(only)
            listed.flush()
            passed = [listed.fileno()]
            command.append(f"--use-list=/proc/self/fd/{listed.fileno()}")
        _restore(access, command, artefact, database, passed)


def _restore(
    access: Access, command: list[str], artefact: Path, database: str, passed: list[int]
) -> None:
    pipe = subprocess.PIPE
    # What is restored is verified, and durable with the first commit that waits for the disk.
    settings = {"synchronous_commit": "off"}
    with artefact.open("rb") as stored:
        os.posix_fadvise(stored.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        zstd = subprocess.Popen(["zstd", "-q", "-dc"], stdin=stored, stdout=pipe, stderr=pipe)
    restore = start(
        access,
        command,
        database,
        access.inside,
        settings,
        stdin=zstd.stdout,
        stdout=subprocess.DEVNULL,
        stderr=pipe,
        pass_fds=passed,
    )
    _let_go(zstd)
    with zstd, restore:
        try:
            heard = Heard(restore.stderr), Heard(zstd.stderr)
            said, broken = (one.text().strip() for one in heard)
            restore.wait()
            status = zstd.wait()
        except BaseException:
            restore.kill()
            zstd.kill()
            raise
    if broken and "Broken pipe" not in broken:
        raise Failure(f"cannot decompress {artefact}: {broken}: use another backup")
    if said or restore.returncode:
        raise Trouble(said or f"pg_restore ended with status {restore.returncode}")
    if status:
        raise Failure(f"cannot decompress {artefact}: zstd ended with status {status}")
