"""
The hold: a live release is this process, which takes its steps from the controller.

It holds the app's lock, journals each step's undo before it lets the step act, and lives on the
controller's beat. The end of the line, or silence, is the end of the release: what runs is
killed and undone. So a controller that comes back finds nobody to give a step to.
"""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import changeover_ledger as ledger
from . import changeover_process as process
from .changeover_channel import Channel
from .changeover_end import finish
from .changeover_files import Failure
from .changeover_journal import Journal
from .changeover_lock import RELEASE, Held, is_release, lock
from .changeover_words import being_released

REFUSED = 75
_WAIT_SECONDS = 300.0
_POLL_SECONDS = 1.0
_FEED_SECONDS = 0.02
_REQUEST_SECONDS = 60.0


class Hold:
    """One release of one app, from its first change to its end."""

    def __init__(self, app: str, state: Path, channel: Channel, version: str) -> None:
        """Know the app, where its state is, and who speaks."""
        self.app, self.channel, self.version = app, channel, version
        self.journal = Journal(state)
        self.beat = _REQUEST_SECONDS
        self.why = "the controller let go"
        self.waiting: list[dict[str, Any]] = []
        self.stopped = False

    def run(self, lock_path: Path, start_guard: Callable[[str], bool]) -> int:
        """Serve one release; return the exit status."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        request = self._next()
        if request is None:
            return 1
        self.beat = float(request["silence"])
        try:
            with lock(lock_path, RELEASE, _WAIT_SECONDS, is_release) as stamp:
                problem = self._open(request, start_guard, stamp)
                if problem:
                    return self._refuse(problem)
                try:
                    self._serve()
                except Exception as error:  # whatever it is, the release is over
                    self.why = str(error) or repr(error)
                self._end()
        except Held as held:
            return self._refuse(self._held(held.holder))
        except (Failure, OSError) as error:
            return self._refuse(str(error))
        return 0

    def _open(self, request: dict[str, Any], start_guard: Callable[[str], bool], stamp: str) -> str:
        """Open the journal; return why not, "" when it is open."""
        if request["version"] != self.version:
            return (
                f"{self.app}: the host's programs are of another version; run deploys/provision.py"
            )
        left = finish(self.journal, why="interrupted", by="the next release", spare=os.getpid())
        if left and left.outcome == ledger.STUCK:
            return left.said
        if left or request["saw_open"]:
            # what it saw was the middle of something: no base for a release, or for its undo
            self.channel.send(again=left.said if left else "it was ended meanwhile")
            return "look again"
        newest = ledger.last_committed(self.journal.state)
        if newest != request["generation"]:
            return (
                f"{self.app} was released by somebody else since this run looked at the host"
                f" (changeover {newest or 'unknown'}): nothing was changed; look and run again"
            )
        about = request["about"] | {"began": time.time(), "scope": request["scope"]}
        if not start_guard(self.app):
            return f"{self.app}: the guard (changeover-undo@{self.app}.timer) does not start"
        self.journal.open(about)
        self.channel.send(opened=about["id"], unchanged=request["stamp"] == stamp)
        return ""

    def _serve(self) -> None:
        """Take steps until the commit, a failure or the end of the line."""
        while True:
            message = self._next()
            if message is None:
                return
            if "abandon" in message:
                self.why = message["abandon"]
                return
            if "commit" in message:
                self.journal.note(event="commit", note=message["commit"])
                self.journal.commit()
                self.why = ""
                return
            code = self._step(message["step"])
            if code and not self._lost():
                self.why = f"{message['step']['name']} failed"
            self.channel.send(done=code)
            if code:
                return

    def _step(self, step: dict[str, Any]) -> int:
        """Journal the undo, then act; return the exit status, -1 when the controller is gone."""
        started = time.time()
        try:
            self.journal.add(step)
        except (Failure, OSError) as error:
            self._say(f"the undo of {step['name']} cannot be journalled: {error}\n".encode())
            return 1
        self.journal.note(event="step", step=step["name"], phase=step["phase"])
        code = self._act(step)
        self.journal.note(
            step=step["name"],
            phase=step["phase"],
            seconds=round(time.time() - started, 3),
            code=code,
            note=step.get("note") or {},
        )
        return code

    def _act(self, step: dict[str, Any]) -> int:
        in_read, in_write = os.pipe()
        out_read, out_write = os.pipe()
        child = process.start(step["do"], stdin=in_read, output=out_write, environment={})
        os.close(in_read)
        os.close(out_write)
        os.set_blocking(out_read, False)
        os.set_blocking(in_write, False)
        try:
            return self._attend(child, step, in_write, out_read)
        finally:
            if child.poll() is None:
                process.kill_session(child.pid)
                child.wait()
            os.close(out_read)

    def _attend(
        self, child: "subprocess.Popen[bytes]", step: dict[str, Any], to: int, out: int
    ) -> int:
        """Watch the child, its output and the controller, until the first of them ends."""
        deadline = time.monotonic() + step["limit"]
        rest: bytes | None = step.get("stdin", "").encode()
        ended = os.pidfd_open(child.pid)
        with selectors.DefaultSelector() as selector:
            for descriptor in (ended, out, self.channel.read):
                selector.register(descriptor, selectors.EVENT_READ)
            while child.poll() is None:
                if rest is not None:
                    rest = _feed(to, rest)
                selector.select(_FEED_SECONDS if rest or self.channel.pending else _POLL_SECONDS)
                self._say(process.drain(out))
                self.channel.flush()
                self._listen()
                if self._lost() or time.monotonic() > deadline:
                    process.kill_session(child.pid)
                    if not self._lost():
                        over = f"{step['name']} took over {step['limit']} s{step.get('over', '')}"
                        self._say(f"{over}\n".encode())
                    child.wait()
        os.close(ended)
        if rest is not None:
            os.close(to)
        self._say(process.drain(out))
        return -1 if self._lost() else child.returncode

    def _say(self, output: bytes) -> None:
        if output:
            self.channel.send(output=output.decode(errors="replace"))

    def _next(self) -> dict[str, Any] | None:
        """Return the next message; None when the controller is gone."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.channel.read, selectors.EVENT_READ)
            while not self.waiting:
                selector.select(_FEED_SECONDS if self.channel.pending else _POLL_SECONDS)
                self.channel.flush()
                self._listen()
                if self._lost() and not self.waiting:
                    return None
        return self.waiting.pop(0)

    def _listen(self) -> None:
        self.waiting += self.channel.receive()

    def _lost(self) -> bool:
        if not self.channel.open or self.stopped:
            return True
        if self.channel.silent() > self.beat:
            self.why = f"nothing was heard of the controller for {self.beat:.0f} s"
            return True
        return False

    def _end(self) -> None:
        """Undo, or complete what was committed; say how that went to whoever still listens."""
        if self.stopped and process.shutting_down():
            return  # the boot will undo: now services stop under us
        broken = broken_by(self.journal)
        # said while a step ran, that was killed for it
        abandoned = [message["abandon"] for message in self.waiting if "abandon" in message]
        self.why = broken or next(iter(abandoned), self.why)
        ending = finish(self.journal, why=self.why, by="release", spare=os.getpid())
        assert ending is not None
        said = f"{broken} (deploys/undo.py)\n{ending.said}" if broken else ending.said
        self.channel.send(ended=ending.outcome, said=said)
        self.channel.close()

    def _refuse(self, why: str) -> int:
        self.channel.send(refused=why)
        self.channel.close()
        return REFUSED

    def _held(self, holder: dict[str, Any]) -> str:
        if not is_release(holder):
            return f"another script still works on {self.app} after {_WAIT_SECONDS:.0f} s"
        return describe(self.journal, self.app)

    def _stop(self, number: int, _frame: object) -> None:
        self.stopped = True
        self.why = f"the hold got signal {number}"


def describe(journal: Journal, app: str) -> str:
    """Return who releases the app, as its journal tells, and what to do about it."""
    try:
        about = journal.about() if journal.folder else {}
    except Failure:
        about = {}
    return being_released(app, about, journal.phase)


def broken_by(journal: Journal) -> str:
    """Return who broke the changeover, in words; "" where nobody did."""
    found = [event for event in journal.events() if event.get("event") == "broken"]
    return f"broken by {found[-1]['note']['broken_by']}" if found else ""


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
