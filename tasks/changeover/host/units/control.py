"""
Stopping and starting units, in bounded time: an app decides neither how long, nor whether.

What does not stop in time is killed. Stopped is what systemd says is stopped; that it says
nothing is no answer.
"""

import contextlib
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..files import Failure

_STOPPED = ("inactive", "failed")
# cgroup v1 keeps systemd's own hierarchy apart, and has nothing that kills a whole group
_GROUPS = Path("/sys/fs/cgroup")
_ASK_SECONDS = 30
_POLL_SECONDS = 0.1


class Patience(NamedTuple):
    """How long units are waited for."""

    stop: float = 60.0
    """Its own unit gives an app 20 s; whatever a drop-in says, then it is killed."""
    kill: float = 10.0
    """Until what was killed is seen to be gone."""
    start: float = 600.0


PATIENCE = Patience()


def stop(*units: str, patience: Patience = PATIENCE) -> None:
    """Stop units, those that are there. Raises Failure unless systemd says that all are stopped."""
    _run("stop", *units, seconds=patience.stop)  # of one that ended by itself, its status says no
    deadline = time.monotonic() + patience.kill
    while running := [unit for unit in units if _known(unit) not in _STOPPED]:
        if time.monotonic() > deadline:
            raise Failure(f"{running[0]} does not stop: systemd calls it {_state(running[0])}")
        for unit in running:
            kill(unit)
        time.sleep(_POLL_SECONDS)


def start(*units: str, patience: Patience = PATIENCE) -> None:
    """Start units. Raises Failure unless systemd says that it did."""
    _begin("start", units, patience)


def restart(*units: str, patience: Patience = PATIENCE) -> None:
    """Restart units; what does not stop in time is killed. Raises Failure unless all start."""
    _begin("restart", units, patience)


def kill(unit: str) -> None:
    """Kill all that a unit runs, at once where the kernel can, so that nothing outruns it."""
    with contextlib.suppress(Failure, OSError):
        group = _asked("ControlGroup", unit)
        if group.strip("/"):
            (_GROUPS / group.strip("/") / "cgroup.kill").write_text("1")
    _run("kill", "--signal=KILL", unit, seconds=_ASK_SECONDS)


def _begin(verb: str, units: Sequence[str], patience: Patience) -> None:
    begun = time.monotonic()
    command, named = ["systemctl", verb, *units], " ".join(units)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as child:
        while child.poll() is None:
            took = time.monotonic() - begun
            for unit in units if took > patience.stop else ():
                if _state(unit) == "deactivating":
                    kill(unit)
            if took > patience.stop + patience.start:
                child.kill()
                raise Failure(f"{named} does not {verb} within {took:.0f} s")
            time.sleep(_POLL_SECONDS)
    if child.returncode:
        raise Failure(f"{named} does not {verb}: systemctl ends with {child.returncode}")


def _run(*words: str, seconds: float) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(
            ["systemctl", *words],
            check=False,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
        )


def _known(unit: str) -> str:
    """Return a unit's state. Raises Failure where systemd does not say it."""
    return _asked("ActiveState", unit)


def _state(unit: str) -> str:
    with contextlib.suppress(Failure):
        return _known(unit)
    return "unknown"


def _asked(what: str, unit: str) -> str:
    command = ["systemctl", "show", "-p", what, "--value", unit]
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=_ASK_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise Failure(f"systemd says nothing of {unit} within {_ASK_SECONDS} s") from None
    said = done.stdout.strip()
    if done.returncode or (not said and what == "ActiveState"):
        raise Failure(f"{unit} does not stop: systemd says nothing {done.stderr}".strip())
    return said
