"""
The hold: a live release is this process, which takes its steps from the controller.

It holds the app's lock, journals each step's undo before it lets the step act, and lives on the
controller's beat. The end of the line, or silence, is the end of the release: what runs is
killed and undone. So a controller that comes back finds nobody to give a step to.
"""

import os
import selectors
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..files import Failure
from ..output.now import without_marks
from . import ledger, process, words
from .channel import BEATS_PER_SILENCE, Channel
from .end import finish
from .journal import Journal
from .lock import AppLock, LockedError, is_release, lock, patience
from .step import FEED_SECONDS, POLL_SECONDS, act

REFUSED = 75
_TELL_SECONDS = 60.0
_REQUEST_SECONDS = 60.0
_PART_LETTERS = 65536


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
        self.taken: AppLock
        self.about: dict[str, Any] = {}
        self.told, self.told_at = "", 0.0

    def run(self, lock_path: Path, start_guard: Callable[[str], bool]) -> int:
        """Serve one release; return the exit status."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        request = self._next()
        if request is None:
            return 1
        if request["version"] != self.version:
            return self._refuse(
                f"{self.app}: the host's programs are of another version; run deploys/provision.py"
            )
        self.beat = float(request["silence"])
        with self.channel.beating(self.beat / BEATS_PER_SILENCE):
            return self._run(lock_path, start_guard, request)

    def _run(
        self, lock_path: Path, start_guard: Callable[[str], bool], request: dict[str, Any]
    ) -> int:
        self.about = request["about"] | {"began": time.time(), "scope": request["scope"]}
        try:
            about = words.release(self.app, self.about)
            with lock(lock_path, about, patience, self._wait) as self.taken:
                problem = self._open(request, start_guard)
                if problem:
                    return self._refuse(problem)
                try:
                    self._serve()
                except Exception as error:  # whatever it is, the release is over
                    self.why = str(error) or repr(error)
                self._end()
        except LockedError as held:
            return self._refuse(refusal(self.journal, self.app, held.holder))
        except (Failure, OSError) as error:
            return self._refuse(str(error))
        return 0

    def _wait(self, holder: dict[str, Any]) -> None:
        """Tell the controller for whom we wait. Raises Failure when it is gone."""
        self.channel.flush()
        self._listen()
        if self._lost():
            raise Failure(self.why)
        who = words.said(self.app, holder) if patience(holder) and holder else ""
        if who and (who != self.told or time.monotonic() - self.told_at > _TELL_SECONDS):
            self.told, self.told_at = who, time.monotonic()
            self.channel.send(waits=f"{who}; {patience(holder):.0f} s at most")

    def _open(self, request: dict[str, Any], start_guard: Callable[[str], bool]) -> str:
        """Open the journal; return why not, "" when it is open."""
        if self.journal.folder:
            self._ending("the next release")
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
        self.about["began"] = time.time()  # it may have waited
        self.taken.describe(words.release(self.app, self.about))
        if not start_guard(self.app):
            return f"{self.app}: the guard (changeover-undo@{self.app}.timer) does not start"
        self.journal.open(self.about)
        self.channel.send(opened=self.about["id"], unchanged=request["stamp"] == self.taken.stamp)
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
            self._say(f"the undo of {step['name']} cannot be journalled: {error}\n")
            return 1
        self.journal.note(event="step", step=step["name"], phase=step["phase"])
        self.taken.describe(words.release(self.app, self.about, step["phase"]))
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
        code, said = act(step, self.channel, self._listen, self._lost)
        self._say(without_marks(said.text()))
        return -1 if self._lost() else code

    def _say(self, output: str) -> None:
        for start in range(0, len(output), _PART_LETTERS):
            self.channel.send(output=output[start : start + _PART_LETTERS])

    def _next(self) -> dict[str, Any] | None:
        """Return the next message; None when the controller is gone."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.channel.read, selectors.EVENT_READ)
            while not self.waiting:
                selector.select(FEED_SECONDS if self.channel.pending else POLL_SECONDS)
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
        self._ending("its own process")
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

    def _ending(self, by: str) -> None:
        """Say in the lock that the open changeover is being ended: others wait for that."""
        self.taken.describe(undoing(self.journal, self.app, by))

    def _stop(self, number: int, _frame: object) -> None:
        self.stopped = True
        self.why = f"the hold got signal {number}"


def refusal(journal: Journal, app: str, holder: dict[str, Any]) -> str:
    """Return why nothing is done beside who holds the lock, however long that was waited for."""
    if is_release(holder):
        return describe(journal, app, holder)
    return f"{words.said(app, holder)} still works after {patience(holder):.0f} s"


def describe(journal: Journal, app: str, holder: dict[str, Any]) -> str:
    """Return who releases the app, as lock and journal tell, and what to do about it."""
    known = {key: value for key, value in holder.items() if value}
    about = _about(journal) | known
    return words.being_released(app, about, journal.phase or known.get("phase"))


def undoing(journal: Journal, app: str, by: str) -> dict[str, Any]:
    """Return what is to be said in the lock of who ends the open changeover."""
    return words.undo(app, _about(journal), by, forward=journal.committed)


def _about(journal: Journal) -> dict[str, Any]:
    try:
        return journal.about() if journal.folder else {}
    except Failure:
        return {}


def broken_by(journal: Journal) -> str:
    """Return who broke the changeover, in words; "" where nobody did."""
    found = [event for event in journal.events() if event.get("event") == "broken"]
    return f"broken by {found[-1]['note']['broken_by']}" if found else ""
