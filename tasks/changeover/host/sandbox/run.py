"""Running a command behind its walls, and ending it when it uses up what others need."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..app.processes import kill_user
from ..environment_file import quoted
from ..files import Failure, write
from ..units import control as units_control
from .output import Sink, attend, start, take_rest
from .room import Room
from .walls import APP, BUILD, NETWORK_SETTINGS, Walls

_LOOK_SECONDS = 0.25
# beside its own limit: systemd ends it by itself
_LATE_SECONDS = 60
_RUN = Path("/run/changeover-sandbox")


def run(
    walls: Walls,
    words: Sequence[str],
    given: Mapping[str, str],
    room: Room,
    *sinks: Sink,
    told: bool = False,
) -> int:
    """
    Run a command to its end; return its exit status. Nothing of it is left then.

    Its standard input is empty, or ours where it is ``told``; ``sinks`` are two, for what it says
    and for its errors.
    ``given`` comes last in its environment. Raises Failure, with what to do, when it took too long
    or too much.
    """
    out, errors = sinks
    with _environment(walls, given) as own:
        command_line = command(walls, words, f"EnvironmentFile={own}")
        began = time.monotonic()
        _kill_left(walls)
        child, pipes = start(command_line, (out, errors), told=told)
        try:
            late = began + walls.seconds + _LATE_SECONDS
            problem = attend(child, pipes, lambda: _over(room, walls, late), _LOOK_SECONDS)
            if problem:
                _stop(walls)
            status = _ended(child, walls)
        except BaseException:
            with contextlib.suppress(Failure):  # what came first is said
                _stop(walls)
            child.kill()
            raise
        take_rest(pipes)
        _kill_left(walls)
    if problem:
        raise Failure(problem)
    if status and time.monotonic() - began >= walls.seconds:
        raise Failure(f"it took over {walls.seconds} s")
    return status


def _ended(child: "subprocess.Popen[bytes]", walls: Walls) -> int:
    try:
        return child.wait(_LATE_SECONDS)
    except subprocess.TimeoutExpired:
        raise Failure(f"{walls.unit}.service does not end, though it was killed") from None


def _over(room: Room, walls: Walls, late: float) -> str:
    over = time.monotonic() > late
    return f"it took over {walls.seconds} s, and systemd did not end it" if over else room.problem()


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
    units_control.kill(unit)
    units_control.stop(unit)


@contextlib.contextmanager
def _environment(walls: Walls, given: Mapping[str, str]) -> Iterator[str]:
    """Have a file with what the caller passes on: systemd shows an assignment to everybody."""
    passed = {name: os.environ[name] for name in NETWORK_SETTINGS if name in os.environ}
    # a home of an earlier run would be read by the next: settings of package managers, of git
    home = {} if walls.role == APP else {"HOME": "/tmp"}  # noqa: S108 - the sandbox's own
    values = {**passed, **home, **given}
    text = "".join(f"{name}={quoted(value)}\n" for name, value in values.items())
    _RUN.mkdir(mode=0o700, exist_ok=True)
    path = _RUN / f"{walls.unit}.{os.getpid()}.env"
    write(path, text.encode())
    try:
        yield str(path)
    finally:
        path.unlink(missing_ok=True)


def complain(error: Exception) -> None:
    """Say on standard error what went wrong."""
    sys.stderr.write(f"sandbox: {error}\n")
