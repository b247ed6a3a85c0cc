"""A step at work: its script is fed, read and watched, and never listened to alone."""

import os
import selectors
import subprocess
import time
from collections.abc import Callable
from typing import Any

from ..output import tail as output_tail
from ..output.now import Now
from ..output.tail import Tail
from . import process
from .channel import Channel

POLL_SECONDS = 1.0
FEED_SECONDS = 0.02

# of what a step says; its end is what a person reads, and a compiler can say much
_KEPT_BYTES = 1024 * 1024


def act(
    step: dict[str, Any], channel: Channel, listen: Callable[[], None], lost: Callable[[], bool]
) -> tuple[int, Tail]:
    """
    Run a step's script; return its exit status and the end of what it said.

    What it is at (``output/now.py``) is sent while it works.

    ``listen`` takes what the controller sends, ``lost`` says that nobody waits for the step any
    more: both are asked however much the script writes. Then, or after its limit, it is killed.
    """
    in_read, in_write = os.pipe()
    out_read, out_write = os.pipe()
    child = process.start(step["do"], stdin=in_read, output=out_write, environment={})
    os.close(in_read)
    os.close(out_write)
    os.set_blocking(out_read, False)
    os.set_blocking(in_write, False)
    said = Tail(_KEPT_BYTES)
    try:
        over = _attend(child, step, (in_write, out_read), said, channel, listen, lost)
    finally:
        if child.poll() is None:
            process.kill_session(child.pid)
            child.wait()
        output_tail.read_rest(out_read, said)
        os.close(out_read)
    if over:
        said.add(f"{step['name']} took over {step['limit']} s{step.get('over', '')}\n".encode())
    return child.returncode, said


def _attend(
    child: "subprocess.Popen[bytes]",
    step: dict[str, Any],
    pipes: tuple[int, int],
    said: Tail,
    channel: Channel,
    listen: Callable[[], None],
    lost: Callable[[], bool],
) -> bool:
    """Watch the child, its output and the controller until it ends; tell whether time was up."""
    to, out = pipes
    deadline = time.monotonic() + step["limit"]
    rest: bytes | None = step.get("stdin", "").encode()
    ended, now = os.pidfd_open(child.pid), Now()
    try:
        with selectors.DefaultSelector() as selector:
            for descriptor in (ended, out, channel.read):
                selector.register(descriptor, selectors.EVENT_READ)
            while child.poll() is None:
                if rest is not None:
                    rest = _feed(to, rest)
                selector.select(FEED_SECONDS if rest or channel.pending else POLL_SECONDS)
                # one bounded part a round: who never stops writing gets no more than its turn
                if out in selector.get_map() and not _hear(out, said, now):
                    selector.unregister(out)  # it has closed its output, and goes on
                if at := now.due():
                    channel.send(now=at)
                channel.flush()
                listen()
                if lost():
                    return False
                if time.monotonic() > deadline:
                    return True
    finally:
        os.close(ended)
        if rest is not None:
            os.close(to)
    return False


def _hear(out: int, said: Tail, now: Now) -> bool:
    """Take a part of what it says; tell whether there may be more."""
    part = output_tail.read(out)
    said.add(part or b"")
    now.add(part or b"")
    return part != b""


def _feed(to: int, rest: bytes) -> bytes | None:
    """Give the script more of its input; None when it has all, or wants no more."""
    try:
        rest = rest[os.write(to, rest) :] if rest else rest
    except BlockingIOError:
        return rest
    except BrokenPipeError:
        rest = b""
    if rest:
        return rest
    os.close(to)
    return None
