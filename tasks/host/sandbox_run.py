"""Running a command behind its walls, and ending it when it uses up what others need."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from . import units_jobs
from .changeover_files import Failure, write
from .sandbox_walls import APP, BUILD, NETWORK_SETTINGS, Walls
from .user_processes import kill_user

# what a full disk would take from everybody: the rest stays free
RESERVE_BYTES = 256 << 20
RESERVE_FILES = 10_000
_LOOK_SECONDS = 0.25
_RUN = Path("/run/changeover-sandbox")
_ESCAPED = '\\"$`'


class Room(NamedTuple):
    """What a command may use of a disk."""

    folder: str
    """A folder on that disk."""
    megabytes: int


def run(
    walls: Walls,
    words: Sequence[str],
    given: Mapping[str, str],
    room: Room | None = None,
    output: int | None = None,
) -> int:
    """
    Run a command to its end; return its exit status. Nothing of it is left then.

    Standard input and output are the caller's, or ``output`` for what it says. ``given`` comes
    last in its environment. Raises Failure, with what to do, when it took too long or too much.
    """
    with _environment(walls, given) as own:
        command_line = command(walls, words, f"EnvironmentFile={own}")
        began = time.monotonic()
        _kill_left(walls)
        child = subprocess.Popen(command_line, stdout=output, stderr=output)
        try:
            problem = _watch(child, room)
            if problem:
                _stop(walls)
            status = child.wait()
        except BaseException:
            with contextlib.suppress(Failure):  # what came first is said
                _stop(walls)
            child.kill()
            raise
        _kill_left(walls)
    if problem:
        raise Failure(problem)
    if status and time.monotonic() - began >= walls.seconds:
        raise Failure(f"it took over {walls.seconds} s")
    return status


def command(walls: Walls, words: Sequence[str], *more: str) -> list[str]:
    """Return the command that runs another behind walls, and ends with it."""
    how = ["systemd-run", "--quiet", "--collect", "--pipe", "--wait", f"--unit={walls.unit}"]
    how += [word for line in (*walls.properties(), *more) for word in ("-p", line)]
    # systemd would put variables of the unit's environment into the words
    return [*how, "--", *(word.replace("$", "$$") for word in words)]


def _kill_left(walls: Walls) -> None:
    if walls.role == BUILD:
        kill_user(walls.user)


def _stop(walls: Walls) -> None:
    unit = f"{walls.unit}.service"
    units_jobs.kill(unit)
    units_jobs.stop(unit)


def _watch(child: "subprocess.Popen[bytes]", room: Room | None) -> str:
    """Wait for the end; return why it has to be ended before."""
    before = os.statvfs(room.folder) if room else None
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_LOOK_SECONDS)
            return ""
        if room and before and (problem := _too_much(room, before, os.statvfs(room.folder))):
            return problem


def _too_much(room: Room, before: os.statvfs_result, now: os.statvfs_result) -> str:
    used = (before.f_bavail - now.f_bavail) * now.f_frsize
    free = now.f_bavail * now.f_frsize
    if used > room.megabytes << 20:
        return f"it used more than {room.megabytes} MB of the disk"
    if used > 0 and free < RESERVE_BYTES:
        return f"it left less than {RESERVE_BYTES >> 20} MB free on the disk"
    # some file systems have no fixed number of files
    if now.f_files and now.f_favail < min(RESERVE_FILES, before.f_favail):
        return f"it left room for less than {RESERVE_FILES} files on the disk"
    return ""


@contextlib.contextmanager
def _environment(walls: Walls, given: Mapping[str, str]) -> Iterator[str]:
    """Have a file with what the caller passes on: systemd shows an assignment to everybody."""
    passed = {name: os.environ[name] for name in NETWORK_SETTINGS if name in os.environ}
    # a home of an earlier run would be read by the next: .npmrc, pip.conf, .gitconfig
    home = {} if walls.role == APP else {"HOME": "/tmp"}  # noqa: S108 - the sandbox's own
    values = {**passed, **home, **given}
    text = "".join(f"{name}={_quoted(value)}\n" for name, value in values.items())
    _RUN.mkdir(mode=0o700, exist_ok=True)
    path = _RUN / f"{walls.unit}.env"
    write(path, text.encode())
    try:
        yield str(path)
    finally:
        path.unlink(missing_ok=True)


def _quoted(value: str) -> str:
    return '"' + "".join(f"\\{one}" if one in _ESCAPED else one for one in value) + '"'


def complain(error: Exception) -> None:
    """Say on standard error what went wrong."""
    sys.stderr.write(f"sandbox: {error}\n")
