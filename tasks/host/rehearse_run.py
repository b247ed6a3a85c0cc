"""The rehearsal itself: each step on the copy, timed, watched, and seen to arrive."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from . import units_jobs
from .changeover_files import Failure
from .output_tail import end_of
from .rehearse_limits import bounded
from .rehearse_look import Look, compare
from .rehearse_postgres import means

_SAMPLE_SECONDS = 0.05
_LINES = 12

Say = Callable[[str], None]


class Copy(Protocol):
    """A scratch copy of a database."""

    says_locks: str
    """What is to be said of its locks where each step takes the same."""
    url: str
    """The app's URL of it."""

    def look(self) -> Look:
        """Return what is there."""

    def revisions(self) -> list[str]:
        """Return what it says of itself, sorted."""

    def sample(self) -> None:
        """Note what is so at this moment of a step."""

    def locks(self) -> dict[str, str]:
        """Return the strongest lock of each table during the last step."""


class Engine:
    """How one step is taken: a bash script, whose argument is what the engine's command is told."""

    def __init__(self, script: str, unit: str, log: Path) -> None:
        """Take the script, the unit that it starts ("" for none) and where its words go."""
        self._script, self._unit, self.log = script, unit, log

    def upgrade(self, to: str, sample: Callable[[], None]) -> bool:
        """Take a step; tell whether it succeeded."""
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                ["bash", "-c", self._script, "rehearse", to],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            try:
                while child.poll() is None:
                    sample()
                    time.sleep(_SAMPLE_SECONDS)
            finally:
                self._end(child)
        return child.returncode == 0

    def _end(self, child: "subprocess.Popen[bytes]") -> None:
        if child.poll() is None:
            child.kill()
            child.wait()
            if self._unit:  # what it started is no child of it
                units_jobs.stop(self._unit)

    def said(self) -> str:
        """Return its last words."""
        return "\n".join(end_of(self.log).lines(_LINES))


def rehearse(
    copy: Copy,
    engine: Engine,
    steps: Sequence[Mapping[str, Any]],
    limits: Mapping[str, Any],
    say: Say,
) -> list[dict[str, Any]]:
    """
    Take each step on the copy; return what was seen of each, and say it.

    Raises Failure at the first that does not arrive where it should, and once they take too long.
    """
    sample = bounded(copy.sample, limits)
    before, revisions, found = copy.look(), set(copy.revisions()), []
    say(f"the copy has {len(before)} tables, {sum(table.rows for table in before.values())} rows")
    for step in steps:
        name, started = step["step"], time.monotonic()
        done = engine.upgrade(step["to"], sample)
        seconds = round(time.monotonic() - started, 2)
        if not done:
            raise Failure(
                f"{engine.said()}\nmigration {name} failed in its rehearsal, on a copy of the data,"
                f" after {seconds} s (all it said is in {engine.log})"
            )
        revisions = (revisions - set(step["drops"])) | set(step["gains"])
        _require_arrival(name, sorted(revisions), copy.revisions())
        after = copy.look()
        findings, locks = compare(before, after), copy.locks()
        seen = {"step": name, "seconds": seconds, "locks": locks, **findings._asdict()}
        for line in lines(seen, copy.says_locks):
            say(line)
        found.append(seen)
        before = after
    return found


def _require_arrival(step: str, wanted: list[str], found: list[str]) -> None:
    if wanted != found:
        raise Failure(
            f"after migration {step} the copy says revision {' '.join(found) or 'none'!r} instead"
            f" of {' '.join(wanted)!r}: does the app take its database from its URL alone?"
        )


def lines(seen: Mapping[str, Any], says_locks: str) -> list[str]:
    """Return what a person is told of a step."""
    step, locks = seen["step"], seen["locks"]
    held = [
        f"{table} {mode}" + (f" ({means(mode)})" if means(mode) else "")
        for table, mode in sorted(locks.items())
    ]
    told = says_locks or f"locks: {', '.join(held) or 'none that anybody waits for'}"
    return [
        f"{step}: took {seen['seconds']:.1f} s; {told}",
        *(f"{step}: DESTRUCTIVE: {line}" for line in seen["destructive"]),
        *(f"{step}: {line}" for line in seen["notes"]),
    ]
