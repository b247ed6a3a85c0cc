"""A command in a release: as the app's user, with its environment, for a limited time."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..files import Failure
from ..output.tail import Tail
from ..sandbox.room import Room
from ..sandbox.run import run as walled
from ..sandbox.walls import APP, Walls

_LINES = 30


class Place(NamedTuple):
    """Where an app's commands run, and with what."""

    app: str
    folder: str
    environment: str
    shared: str


class Done(NamedTuple):
    """How a command ended."""

    problem: str
    """"" where it exited 0 in time."""
    output: str
    """Its last lines."""
    seconds: float


def run(place: Place, task: str, words: Sequence[str], seconds: int) -> Done:
    """
    Run a command in a unit of its own, ``changeover-<app>-<task>``.

    systemd itself reads the environment file, so the command sees what the app sees; it writes to
    the shared folder and to a /tmp of its own, and nothing of it is left when it ends.
    """
    began, said, problem = time.monotonic(), Tail(), ""
    try:
        status = walled(_walls(place, task, seconds), words, {}, Room([place.shared]), said, said)
        problem = f"exit status {status}" if status else ""
    except Failure as failure:
        problem = str(failure)
    took = time.monotonic() - began
    return Done(problem, "\n".join(said.lines(_LINES)), took)


def _walls(place: Place, task: str, seconds: int) -> Walls:
    return Walls(
        role=APP,
        app=place.app,
        task=task,
        folder=place.folder,
        read=[f"/srv/{place.app}"],
        write=[place.shared],
        environment=[place.environment],
        seconds=seconds,
    )


def failures(place: Place, commands: Sequence[Mapping[str, Any]]) -> list[str]:
    """Run one after the other; return what is to be said of each that failed."""
    found = []
    for asked in commands:
        done = run(place, "check", asked["words"], asked["seconds"])
        if done.problem:
            said = "".join(f"\n    {line}" for line in done.output.splitlines())
            found.append(f"check {asked['command']!r}: {done.problem}{said}")
    return found
