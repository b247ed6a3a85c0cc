"""Files that survive a crash: locks, work folders, durable writes, zstd, fingerprints."""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypedDict

from .changeover_files import Failure, sync

COMPANIONS = ("-wal", "-shm", "-journal")
SPACE_MARGIN = 1024 * 1024


class FileState(TypedDict):
    """What changes when a file is written or replaced."""

    inode: int
    size: int
    mtime_ns: int


class Fingerprint(TypedDict):
    """The state of a database file and of its write-ahead log."""

    database: FileState | None
    wal: FileState | None


def file_state(path: Path) -> FileState | None:
    """Return the state of a file, None when there is none; never opens it."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return {"inode": status.st_ino, "size": status.st_size, "mtime_ns": status.st_mtime_ns}


def companion(database: Path, suffix: str) -> Path:
    """Return the path of a file that SQLite keeps beside a database."""
    return database.with_name(database.name + suffix)


def fingerprint(database: Path) -> Fingerprint:
    """Return the state of a database's files; never opens them."""
    wal = file_state(companion(database, "-wal"))
    # An empty log says nothing: every opening of a WAL database makes one.
    return {"database": file_state(database), "wal": wal if wal and wal["size"] else None}


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
    """Keep other runs of this program out of a folder; the lock dies with the process."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stderr.write(f"waiting for another run in {folder}\n")
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


def _zstd(verb: str, arguments: list[str], source: Path, target: Path) -> None:
    with source.open("rb") as stdin, target.open("xb") as stdout:
        os.posix_fadvise(stdin.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        run = subprocess.run(
            ["zstd", "-q", *arguments],
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            check=False,
        )
    if run.returncode != 0:
        said = " ".join(run.stderr.decode(errors="replace").split())
        raise Failure(f"cannot {verb} {source}: zstd, status {run.returncode}: {said}")


def compress(source: Path, target: Path) -> None:
    """Compress a file with zstd and its checksum."""
    _zstd("compress", ["-3", "--check", "-c"], source, target)


def decompress(source: Path, target: Path) -> None:
    """Decompress a file with zstd, which checks its checksum."""
    _zstd("decompress", ["-d", "-c"], source, target)


def zstd_version() -> str:
    """Return the version of the zstd command."""
    run = subprocess.run(["zstd", "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"v(\d[\d.]*)", run.stdout)
    return found[1] if found else run.stdout.strip()


def holders(files: Iterable[Path]) -> list[str]:
    """Return the processes that have one of the files open, as "PID (command)"."""
    wanted = {(s.st_dev, s.st_ino) for s in (path.stat() for path in files if path.exists())}
    found = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        # Processes and their files come and go while we look.
        with contextlib.suppress(OSError):
            status = link.stat()
            if (status.st_dev, status.st_ino) in wanted:
                process = link.parent.parent
                command = (process / "comm").read_text(errors="replace").strip()
                found.add(f"{process.name} ({command})")
    return sorted(found)
