"""SQLite's files: their state, who has them open, compressing them."""

import contextlib
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

from .changeover_files import Failure

COMPANIONS = ("-wal", "-shm", "-journal")


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
