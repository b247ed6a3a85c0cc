"""What a command behind walls says: passed on, but no more of it than can be kept."""

import os
import selectors
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from ..output import tail as output_tail
from ..output.tail import Tail

MOST = 8 << 20


class Sink(Protocol):
    """Takes an output, part by part."""

    def add(self, part: bytes, /) -> None:
        """Take more of it."""


class Passed:
    """Passes on the first of an output as it comes; of more than that, in the end, the last."""

    def __init__(self, to: int, most: int = MOST) -> None:
        """Pass on to a descriptor."""
        self._to, self._left, self._rest = to, most, Tail()

    def add(self, part: bytes) -> None:
        """Take more of it."""
        now = part[: self._left]
        self._left -= len(now)
        self._rest.add(part[len(now) :])
        _write(self._to, now)

    def end(self) -> None:
        """Pass on the last of what was too much."""
        _write(self._to, self._rest.text().encode())


@contextmanager
def passed_on() -> Iterator[tuple[Sink, Sink]]:
    """Pass on what a command says to our own output; it stays one where both lead to the same."""
    out = Passed(1)
    both = os.path.sameopenfile(1, 2)
    errors = out if both else Passed(2)
    yield out, errors
    for one in {out, errors}:
        one.end()


def start(
    command: list[str], sinks: tuple[Sink, Sink], *, told: bool = False
) -> tuple["subprocess.Popen[bytes]", dict[int, Sink]]:
    """Start a command, with our input if it is ``told``; return it, and who takes its words."""
    out, errors = sinks
    child = subprocess.Popen(
        command,
        stdin=None if told else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if errors is out else subprocess.PIPE,
        bufsize=0,
    )
    found = {}
    for stream, sink in ((child.stdout, out), (child.stderr, errors)):
        if stream:  # the second is none where both are one
            found[stream.fileno()] = sink
            os.set_blocking(stream.fileno(), False)
    return child, found


def attend(
    child: "subprocess.Popen[bytes]",
    pipes: dict[int, Sink],
    look: Callable[[], str],
    seconds: float,
) -> str:
    """
    Take what a command says until it ends; return "" then.

    ``look`` is asked every so many seconds whether it has to be ended before, and why. The
    command's end counts, not that of its output: somebody else may keep that open.
    """
    ended = os.pidfd_open(child.pid)
    try:
        with selectors.DefaultSelector() as selector:
            for descriptor in (ended, *pipes):
                selector.register(descriptor, selectors.EVENT_READ)
            while child.poll() is None:
                for key, _ in selector.select(seconds):
                    if key.fd != ended and not _take(key.fd, pipes[key.fd]):
                        selector.unregister(key.fd)
                if problem := look():
                    return problem
    finally:
        os.close(ended)
    return ""


def take_rest(pipes: dict[int, Sink]) -> None:
    """Take what an ended command has left in its pipes."""
    for descriptor, sink in pipes.items():
        for _ in range(64):  # a pipe holds 1 MiB at most
            if not _take(descriptor, sink, or_nothing=False):
                break


def _take(descriptor: int, sink: Sink, *, or_nothing: bool = True) -> bool:
    """Take a part; tell whether there may be more."""
    part = output_tail.read(descriptor)
    if part is None:
        return or_nothing
    sink.add(part)
    return bool(part)


def _write(to: int, part: bytes) -> None:
    while part:
        part = part[os.write(to, part) :]
