"""The faults. Each takes a host that stands still at a boundary, and lets it go on hit."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from tests.e2e.load import wait_until
from tests.e2e.matrix.scene import MissedError, Scene
from tests.e2e.matrix.updates import BEGIN, COMMIT

SILENCE = 4
_LATER = 0.002
_PAST_SECONDS = SILENCE + 60.0


@dataclass(frozen=True)
class Fault:
    """One way in which a release is interrupted."""

    name: str
    how: str
    strike: Callable[[Scene, "subprocess.Popen[str]"], None]
    by: str
    """Who ends the changeover, as the ledger has to say."""
    why: str
    """What the ledger has to say of an undone one."""
    limit: float
    """Seconds from the strike after which the app must serve and nothing may be open."""
    controller_dies: bool = False
    or_why: str = ""
    """What it may say instead, where a step noticed the fault first."""


def operation_fails(scene: Scene, _: "subprocess.Popen[str]") -> None:
    """End the step's own shell by a signal: the step's command fails."""
    entries = scene.entries()
    deadline = time.monotonic() + 5
    while not (shells := scene.step_shells()):
        scene.thaw()
        if scene.entries() != entries or time.monotonic() > deadline:
            raise MissedError(f"{entries[-1]} ended before it could fail")
        time.sleep(_LATER)
        scene.freeze()
    _kill(shells, signal.SIGTERM)
    scene.thaw()


def controller_dies(scene: Scene, process: "subprocess.Popen[str]") -> None:
    """Kill pyinfra."""
    process.kill()
    process.wait()
    scene.thaw()


def network_goes(scene: Scene, _: "subprocess.Popen[str]") -> None:
    """Cut the cable, and mend it when the host has given the controller up."""
    scene.host.cut()
    scene.thaw()
    _wait_for_the_end(scene)
    scene.host.heal()


def controller_sleeps(scene: Scene, process: "subprocess.Popen[str]") -> None:
    """Stop pyinfra until the host has given it up, and let it go on then."""
    process.send_signal(signal.SIGSTOP)
    scene.thaw()
    try:
        _wait_for_the_end(scene)
    finally:
        process.send_signal(signal.SIGCONT)


def host_loses_power(scene: Scene, _: "subprocess.Popen[str]") -> None:
    """End everything in the host at once, and boot it again."""
    scene.host.cut()  # of a host without power nobody hears, not even that connections end
    _kill(scene.processes(), signal.SIGKILL)
    scene.thaw()
    scene.host.kill()
    scene.host.boot()


def _wait_for_the_end(scene: Scene) -> None:
    wait_until(lambda: not scene.is_open(), "the host ends the changeover", _PAST_SECONDS)


def _kill(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


FAULTS = (
    Fault(
        "an operation fails",
        "the step's own shell is ended at the boundary",
        operation_fails,
        by="release",
        why=" failed",
        limit=20,
    ),
    Fault(
        "the controller dies",
        "SIGKILL of pyinfra",
        controller_dies,
        by="release",
        why="the controller let go",
        limit=20,
        controller_dies=True,
    ),
    Fault(
        "the network goes",
        "the host's link is cut, and mended after the host gave the controller up",
        network_goes,
        by="release",
        why="nothing was heard of the controller",
        limit=SILENCE + 20,
        or_why="fetch.release failed",  # the host itself needs the network for it
    ),
    Fault(
        "the controller sleeps",
        "SIGSTOP of pyinfra, and SIGCONT after the host gave it up",
        controller_sleeps,
        by="release",
        why="nothing was heard of the controller",
        limit=SILENCE + 20,
    ),
    Fault(
        "the host loses power",
        "SIGKILL of all of the host, then boot",
        host_loses_power,
        by="the boot",
        why="its controller and its hold were gone",
        limit=45,
    ),
)
NONE = Fault("no fault", "", lambda scene, _: scene.thaw(), by="release", why="", limit=20)


def strikes(fault: Fault, moment: str) -> bool:
    """Tell whether a fault can strike at a moment: an operation fails only where one works."""
    return fault.strike is not operation_fails or moment not in (BEGIN, COMMIT)
