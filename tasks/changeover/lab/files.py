"""Files: written whole or not at all, locked, removed."""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from changeover.lab.command import run

LOCKS = Path("/run/lock/changeover-lab")


def write(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file so that a reader sees the old text or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    temporary.chmod(mode)
    temporary.replace(path)


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold a lock of the lab; it frees itself when its holder dies."""
    LOCKS.mkdir(parents=True, exist_ok=True)
    with (LOCKS / name).open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def remove(path: Path) -> None:
    """Remove a folder, unmounting what a killed run left mounted in it."""
    for mounted in reversed(mounts_in(path)):
        run(["umount", "--lazy", mounted])
    run(["rm", "-rf", "--one-file-system", "--", str(path)])


def mounts_in(path: Path) -> list[str]:
    """Return what is mounted at a path or below it, the outer before the inner."""
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    return [place for place in mounted if Path(place).is_relative_to(path)]


def is_mounted(path: Path) -> bool:
    """Tell whether something is mounted at a path."""
    return str(path) in mounts_in(path)
