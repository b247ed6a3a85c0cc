"""SQLite's files: their state, who has them open, compressing them."""

import contextlib
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypedDict

from ..files import Failure

COMPANIONS = ("-wal", "-shm", "-journal")
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class FileState(TypedDict):
    """What changes when a file is written or replaced."""

    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int
    """The kernel's own; the others an app can set as it likes. So no content has to be read."""


class Fingerprint(TypedDict):
    """The state of a database file, and of what would be written into it when it is opened."""

    database: FileState | None
    wal: FileState | None
    journal: FileState | None


def file_state(path: Path) -> FileState | None:
    """Return the state of a file, None when there is none; never opens it, never follows a link."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return {
        "inode": status.st_ino,
        "size": status.st_size,
        "mtime_ns": status.st_mtime_ns,
        "ctime_ns": status.st_ctime_ns,
    }


def companion(database: Path, suffix: str) -> Path:
    """Return the path of a file that SQLite keeps beside a database."""
    return database.with_name(database.name + suffix)


def fingerprint(database: Path) -> Fingerprint:
    """Return the state of a database's files; never opens them."""
    logs = (file_state(companion(database, suffix)) for suffix in ("-wal", "-journal"))
    # An empty log says nothing: every opening of a WAL database makes one.
    wal, journal = (log if log and log["size"] else None for log in logs)
    return {"database": file_state(database), "wal": wal, "journal": journal}


def settle(database: Path) -> None:
    """
    Write out what waits to be written to a database, so that whatever comes later is seen.

    The kernel notes no time for what is written through memory to a page that waits already.
    """
    for path in (database, *(companion(database, suffix) for suffix in ("-wal", "-journal"))):
        with contextlib.suppress(FileNotFoundError):
            descriptor = os.open(path, _OPEN)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _zstd(verb: str, arguments: list[str], what: Path, source: int, target: int) -> None:
    run = subprocess.run(
        ["zstd", "-q", *arguments],
        stdin=source,
        stdout=target,
        stderr=subprocess.PIPE,
        check=False,
    )
    if run.returncode != 0:
        said = " ".join(run.stderr.decode(errors="replace").split())
        raise Failure(f"cannot {verb} {what}: zstd, status {run.returncode}: {said}")


def compress(source: int, target: Path) -> None:
    """Compress an open file with zstd and its checksum."""
    with target.open("xb") as stdout:
        os.posix_fadvise(source, 0, 0, os.POSIX_FADV_DONTNEED)
        _zstd("compress", ["-3", "--check", "-c"], target, source, stdout.fileno())


def decompress(source: Path, target: int) -> None:
    """Decompress a file into an open one with zstd, which checks its checksum."""
    with source.open("rb") as stdin:
        os.posix_fadvise(stdin.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        _zstd("decompress", ["-d", "-c"], source, stdin.fileno(), target)


@contextlib.contextmanager
def decompressed(source: Path) -> Iterator[int]:
    """Give what a file holds as a stream; whoever reads it has to see that it is all there."""
    command = ["zstd", "-q", "-d", "-c"]
    with (
        source.open("rb") as stdin,
        subprocess.Popen(
            command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process,
    ):
        assert process.stdout
        try:
            yield process.stdout.fileno()
        finally:
            process.kill()


def _comm(process: Path) -> str:
    """Return what a process calls itself, without what a terminal would obey."""
    said = (process / "comm").read_text(errors="replace").removesuffix("\n")
    return said if said.isprintable() else repr(said)


def _open_files() -> Iterator[Path]:
    """Yield every open file of every process; glob would stop at one that ends meanwhile."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with contextlib.suppress(OSError):
                yield from list((process / "fd").iterdir())


def _is_roots(process: Path) -> bool:
    # /proc/PID itself may seem root's: a process decides that about itself (prctl(2), DUMPABLE)
    lines = (process / "status").read_text(errors="replace").splitlines()
    uids = next(line for line in lines if line.startswith("Uid:"))
    return "0" in uids.split()[1:]


def holders(identities: Iterable[Sequence[int]], *, roots: bool = False) -> list[str]:
    """
    Return the processes that have one of the files open, as "PID (command)".

    Files are told by device and inode. With ``roots`` only those of root count.
    """
    wanted = {tuple(one) for one in identities}
    found = set()
    for link in _open_files():
        # Processes and their files come and go while we look.
        with contextlib.suppress(OSError):
            status = link.stat()
            if (status.st_dev, status.st_ino) in wanted:
                process = link.parent.parent
                if roots and not _is_roots(process):
                    continue
                found.add(f"{process.name} ({_comm(process)})")
    return sorted(found)
