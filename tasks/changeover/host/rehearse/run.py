"""The rehearsal itself: each step on the copy, timed, watched, and seen to arrive."""

import os
import secrets
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from ..files import Failure
from ..output.now import MARK
from ..output.tail import end_of
from ..units import control as units_control
from .limits import bounded
from .locks import means
from .look import Look, compare

_SAMPLE_SECONDS = 0.05
_LINES = 12
_REFUSING = "no data goes, but rows of older code may be refused"
# of what it says where it should only tell its steps
_PART, _MOST = 65536, 1 << 20

Say = Callable[[str], None]


class Copy(Protocol):
    """A scratch copy of a database."""

    says_locks: str
    """What is to be said of its locks where each step takes the same."""
    url: str
    """The app's URL of it."""

    def look(self, *, ended: bool = False) -> Look:
        """Return what is there; ``ended`` says that whoever migrates is through."""

    def revisions(self) -> list[str]:
        """Return what it says of itself, sorted."""

    def sample(self) -> None:
        """Note what is so at this moment of a step."""

    def locks(self) -> dict[str, str]:
        """Return the strongest lock of each table during the last step."""


class Engine:
    """
    A migration engine at work on the copy: a bash script, which tells each step and waits.

    Each of its lines has the mark that the script is given: what else is said is no such line.
    """

    def __init__(self, script: str, unit: str, log: Path) -> None:
        """Take the script, the unit that it starts ("" for none) and where its words go."""
        self._script, self._unit, self.log = script, unit, log
        self.step = ""
        """The step before which it waits, "" at its end."""
        self._rest, self._mark = b"", secrets.token_urlsafe(16)

    @contextmanager
    def at_work(self, sample: Callable[[], None]) -> Iterator[None]:
        """Start it, up to its first step; nothing of it is left in the end."""
        pipe = subprocess.PIPE
        with self.log.open("ab") as log:
            command = ["bash", "-c", self._script, "rehearse", self._mark]
            self._child = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=log)
        try:
            self._listen(sample)
            yield
        finally:
            self._end()

    def take(self, sample: Callable[[], None]) -> None:
        """Let it take the step before which it waits."""
        assert self._child.stdin
        with suppress(BrokenPipeError):
            self._child.stdin.write(b"\n")
            self._child.stdin.flush()
        self._listen(sample)

    def _listen(self, sample: Callable[[], None]) -> None:
        """Hear what it tells until it waits before a step, or ends."""
        assert self._child.stdout
        self.step = ""
        with selectors.DefaultSelector() as selector:
            selector.register(self._child.stdout, selectors.EVENT_READ)
            while not self.step:
                sample()
                if selector.select(_SAMPLE_SECONDS):
                    part = os.read(self._child.stdout.fileno(), _PART)
                    if not part:
                        break
                    self._hear(part)
        while not self.step and self._child.poll() is None:
            sample()
            time.sleep(_SAMPLE_SECONDS)

    def _hear(self, part: bytes) -> None:
        *lines, self._rest = (self._rest + part)[-_MOST:].split(b"\n")
        for line in lines:
            text, ours = line.decode(errors="replace"), f"@@step {self._mark} "
            if text.startswith(ours):
                self.step = text.removeprefix(ours)

    @property
    def failed(self) -> bool:
        """Tell whether it has ended, and not well."""
        return self._child.poll() not in (None, 0)

    def _end(self) -> None:
        if self._child.poll() is None:
            self._child.kill()
            self._child.wait()
            if self._unit:  # what it started is no child of it
                units_control.stop(self._unit)
        for stream in (self._child.stdin, self._child.stdout):
            assert stream
            with suppress(BrokenPipeError):
                stream.close()

    def said(self) -> str:
        """Return its last words, none of which is a line of ours."""
        lines = end_of(self.log).lines(_LINES)
        return "\n".join(f" {line}" if line.startswith("@@") else line for line in lines)


def rehearse(
    copy: Copy,
    engine: Engine,
    steps: Sequence[Mapping[str, Any]],
    limits: Mapping[str, Any],
    say: Say,
) -> list[dict[str, Any]]:
    """
    Have the engine take each step on the copy; return what was seen of each, and say it.

    Raises Failure at the first that does not arrive where it should, and once they take too long.
    """
    sample = bounded(copy.sample, limits)
    before, revisions = copy.look(), set(copy.revisions())
    found: list[dict[str, Any]] = []
    say(f"the copy has {len(before)} tables, {sum(table.rows for table in before.values())} rows")
    left = {step["step"]: step for step in steps}
    with engine.at_work(sample):
        _require_well(engine, next(iter(left)), 0)
        while engine.step:
            name, started = engine.step, time.monotonic()
            if name not in left:
                raise Failure(f"the engine began {name}, which did not wait")
            step = left.pop(name)
            _now(f"rehearsing {len(found) + 1} of {len(steps)}: {name}")
            engine.take(sample)
            seconds = round(time.monotonic() - started, 2)
            _require_well(engine, name, seconds)
            revisions = (revisions - set(step["drops"])) | set(step["gains"])
            _require_arrival(name, sorted(revisions), copy.revisions())
            after = copy.look(ended=not engine.step)
            findings, locks = compare(before, after), copy.locks()
            seen = {"step": name, "seconds": seconds, "locks": locks, **findings._asdict()}
            for line in lines(seen, copy.says_locks):
                say(line)
            found.append(seen)
            before = after
    if left:
        raise Failure(f"the engine did not take {', '.join(left)}, which waited")
    return found


def _now(line: str) -> None:
    """Tell the controller what it is at (``output/now.py``)."""
    sys.stdout.write(f"{MARK}{line}\n")
    sys.stdout.flush()


def _require_well(engine: Engine, name: str, seconds: float) -> None:
    if engine.failed:
        raise Failure(
            f"{engine.said()}\nmigration {name} failed in its rehearsal, on a copy of the data,"
            f" after {seconds} s (all it said is in {engine.log})"
        )


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
        *(f"{step}: {_REFUSING}: {line}" for line in seen["refusing"]),
        *(f"{step}: {line}" for line in seen["notes"]),
    ]
