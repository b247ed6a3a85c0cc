"""A dump on its way back from a file into a database."""

import contextlib
import os
import subprocess
from pathlib import Path

from ..files import Failure
from ..output.tail import Heard
from .access import Access, start
from .dump import let_go
from .session import Trouble

_LONGEST_LIST = 64 << 20


def contents(access: Access, major: int, artefact: Path) -> str:
    """Return what an artefact holds, one object a line, as pg_restore lists it."""
    pipe = subprocess.PIPE
    command = [access.place.client("pg_restore", major), "--list"]
    with artefact.open("rb") as stored:
        zstd = subprocess.Popen(["zstd", "-q", "-dc"], stdin=stored, stdout=pipe, stderr=pipe)
    listing = start(access, command, "", access.inside, stdin=zstd.stdout, stdout=pipe, stderr=pipe)
    let_go(zstd)
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
    command = [
        access.place.client("pg_restore", major),
        "-w",
        "--exit-on-error",
        f"--dbname={database}",
    ]
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
    let_go(zstd)
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
