"""Backup files that survive a crash: locks, work folders, durable writes, zstd."""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from ..changeover import lock as changeover_lock
from ..files import Failure, sync

_LOCKS = Path("/run") / changeover_lock.FOLDER

SPACE_MARGIN = 1024 * 1024


def begin() -> None:
    """Keep what is made to root alone, and have a signal end the program through its clean-up."""
    os.umask(0o077)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)


def _stop(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def move_durably(source: Path, target: Path) -> None:
    """Rename a finished file into place so that a power cut shows all of it or nothing."""
    sync(source)
    source.rename(target)
    sync(target.parent)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as it is on the disk."""
    with path.open("rb") as file:
        # Drop the cached pages first, else memory is checked and not the disk.
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """
    Keep other runs of this program out of a folder; the lock dies with the process.

    It lies where only root can open it: the folder of a live database is its app's, which could
    hold it for as long as it likes, and with it the undo of a release.
    """
    if os.geteuid() == 0:
        descriptor = _lock_file("folder-", os.fsencode(folder.resolve()))
    else:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    with _held(descriptor, f"another run in {folder}"):
        yield


@contextlib.contextmanager
def locked_by_name(name: str, whom: str) -> Iterator[None]:
    """Keep other runs on this host out of what has that name; ``whom`` is said to wait for."""
    with _held(_lock_file("", name.encode()), whom):
        yield


def _lock_file(kind: str, name: bytes) -> int:
    changeover_lock.make_folder(_LOCKS)
    path = _LOCKS / f"{kind}{hashlib.sha256(name).hexdigest()[:32]}"
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextlib.contextmanager
def _held(descriptor: int, whom: str) -> Iterator[None]:
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stderr.write(f"waiting for {whom}\n")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def remove_work_folder(folder: Path) -> None:
    """Remove what a run left; only ever a folder of our own, never through a link."""
    try:
        status = folder.lstat()
    except FileNotFoundError:
        return
    if folder.is_symlink() or status.st_uid != os.geteuid():
        raise Failure(f"{folder} is not a folder of this program: look at it and move it away")
    shutil.rmtree(folder)


@contextlib.contextmanager
def work_folder(folder: Path) -> Iterator[Path]:
    """Make a private folder for unfinished files; call it under the lock of its parent."""
    remove_work_folder(folder)  # left by a run that was killed: the lock says nobody uses it
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def require_space(folder: Path, needed: int) -> None:
    """Refuse early when a file system lacks the room."""
    needed += SPACE_MARGIN
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Failure(
            f"{needed / 1e6:.1f} MB are needed in {folder}, {free / 1e6:.1f} MB are free:"
            f" free {(needed - free) / 1e6:.1f} MB there, for example by removing old backups"
        )


def zstd_version() -> str:
    """Return the version of the zstd command."""
    run = subprocess.run(["zstd", "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"v(\d[\d.]*)", run.stdout)
    return found[1] if found else run.stdout.strip()
