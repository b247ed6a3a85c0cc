"""The controller's end of a hold: the one way in which a release changes a host."""

import getpass
import secrets
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import gevent
from gevent.event import AsyncResult, Event
from paramiko import SSHException
from pyinfra import logger
from pyinfra.api.host import Host
from pyinfra.api.state import State

from changeover.host.changeover.channel import BEATS_PER_SILENCE
from changeover.host.changeover.words import version
from changeover.host.output.tail import Tail
from changeover.operations.line import Line, connect
from changeover.operations.shown import show as show_step
from changeover.plans.changeover import hold_command
from changeover.plans.undo import Undo

# --data changeover_silence_seconds=N: after which a host gives up a controller it does not hear
SILENCE = "changeover_silence_seconds"
LOST = "the host has undone this release meanwhile"

_DEFAULT_SILENCE = 30
_LOOKS_PER_SILENCE = 10
_LAST_WORD_SECONDS = 5
_KEPT_BYTES = 2 * 1024 * 1024  # the host sends at most about half of it
_WORDS = {"committed": logger.info, "undone": logger.warning, "stuck": logger.error}


@dataclass(frozen=True)
class Opening:
    """What a changeover begins with, of an app or of the host itself."""

    app: str
    generation: str
    """The changeover that was committed last when this run first looked at the host."""
    stamp: str
    """When somebody last took the lock, as the host was seen."""
    saw_open: bool
    """An interrupted changeover was seen."""
    about: Callable[[str, str, str], dict[str, Any]]
    """From the changeover's id, the operator and the controller to what the host has to know."""


class Hold:
    """A release of one app on one host, from its first change on."""

    def __init__(self, host: Host, app: str, line: Line, silence: float) -> None:
        """Take the line; nothing is held before ``opened``."""
        self.host, self.app, self.line = host, app, line
        self.opened: AsyncResult[str] = AsyncResult()
        """Why it is not held, "" when it is."""
        self.ended = Event()
        self._done: AsyncResult[int] = AsyncResult()
        self._output = Tail(_KEPT_BYTES)
        self._outcome = ""
        self._shown = False
        self._heard = True
        self.unchanged = False
        """Nobody worked on the app between the look at the host and this hold."""
        self.gone = ""
        """Why the host counts as lost, "" while it is heard."""
        self.again = False
        """The host ended what an earlier changeover left: look at it anew, then open."""
        gevent.spawn(self._read)
        gevent.spawn(self._beat, silence / BEATS_PER_SILENCE)
        gevent.spawn(self._watch, silence)

    def step(self, undo: Undo, script: str, secret: str, *, show: bool) -> bool:
        """Have a step done; tell whether it succeeded. What it said is shown if it did not."""
        self._done, self._output = AsyncResult(), Tail(_KEPT_BYTES)
        message = {
            "name": undo.step,
            "phase": undo.phase,
            "save": undo.save,
            "undo": undo.script,
            "redo": undo.redo,
            "stop": undo.stop,
            "note": dict(undo.note),
            "limit": undo.limit_seconds,
            "over": f": raise {undo.limit_setting}" if undo.limit_setting else "",
            "undo_limit": undo.undo_seconds,
            "do": script,
            "stdin": secret,
        }
        code = self._ask(step=message)
        if _frozen.is_set():
            Event().wait()  # the process ends meanwhile
        if code is None:
            if not self.gone:  # else that is said already
                self.host.log(f"{self.app}: {LOST}", logger.error)
        elif code or show:
            show_step(self.host, undo.step, code, self._output.text())
        return code == 0

    def commit(self, note: dict[str, Any]) -> bool:
        """Make it final; tell whether it is."""
        self._ask(commit=note)
        self.ended.wait()  # for as long as the host is heard: it may have much to complete
        if not self._outcome:
            self._shown = True  # what the host does now, nobody here can know
            text = "the host did not say whether it has committed; deploys/status.py tells"
            self.host.log(f"{self.app}: {text}", logger.error)
        return self.committed

    @property
    def committed(self) -> bool:
        """Tell whether the host said that it is final."""
        return self._outcome == "committed"

    def let_go(self, why: str) -> None:
        """Let the host undo what is not committed, for the ledger's ``why``; say how that went."""
        if self.ended.is_set() or self._shown:
            return
        self._shown = True
        self.host.log(f"{self.app}: the host undoes what this release changed", logger.warning)
        with gevent.Timeout(_LAST_WORD_SECONDS, False), suppress(OSError):
            self.line.send(abandon=why)
            self.line.end()
        self.ended.wait()  # for as long as the host is heard: an undo may have much to restore
        if not self._outcome and not self.gone:
            said = "it goes on by itself; deploys/status.py tells how it ends"
            self.host.log(f"{self.app}: the host does not say how that went; {said}", logger.error)

    def _ask(self, **message: Any) -> int | None:
        try:
            self.line.send(**message)
        except OSError:
            return None
        return None if self.ended.is_set() else self._done.get()

    def _beat(self, seconds: float) -> None:
        while not self.ended.is_set():
            try:
                self.line.send()
            except OSError:
                return
            gevent.sleep(seconds)

    def _read(self) -> None:
        try:
            while (message := self.line.receive()) is not None and not self.gone:
                self._heard = True
                self._take(**message)
        except Exception as error:  # whoever waits for the host would wait for ever
            self._lose(f"what the host says on its line is no message ({error}): it is let go")
            return
        if not self.gone:
            why = "" if self.opened.ready() else self.line.complaint()
            self.line.close()
            self._finish(why or "the host ended the connection")

    def _finish(self, why: str) -> None:
        """Let nobody wait any more."""
        self.ended.set()
        self._done.set(None)
        if not self.opened.ready():
            self.opened.set(why)

    def _watch(self, silence: float) -> None:
        """Count the host as lost when it is silent; only time in which we could hear counts."""
        missed = 0
        while missed < _LOOKS_PER_SILENCE:
            if self.ended.wait(silence / _LOOKS_PER_SILENCE):
                return
            missed = 0 if self._heard else missed + 1
            self._heard = False
        self._lose(f"nothing was heard of the host for {silence:.0f} s: it counts as lost")

    def _lose(self, why: str) -> None:
        """Give the host up."""
        self.gone = (
            f"{why}. What was not committed, it undoes by itself, when it hears nothing of us;"
            " deploys/status.py tells"
        )
        if self.opened.ready():  # else it is why nothing was opened
            self.host.log(f"{self.app}: {self.gone}", logger.error)
        self._finish(self.gone)
        self.line.drop()

    def _take(
        self,
        output: str = "",
        done: int | None = None,
        opened: str = "",
        *,
        unchanged: bool = False,
        again: str = "",
        refused: str = "",
        waits: str = "",
        now: str = "",
        ended: str = "",
        said: str = "",
    ) -> None:
        if waits:
            self.host.log(f"{self.app}: waits for {waits}")
        if now:
            self.host.log(f"{self.app}: {now}")
        if output:
            self._output.add(output.encode())
        if done is not None:
            self._done.set(done)
        if again:
            self.again = True
            self.host.log(f"{self.app}: an interrupted changeover was ended first: {again}")
        self.unchanged = self.unchanged or unchanged
        if opened or again or refused:
            self.opened.set("" if self.again else refused)
        if ended:
            self._end(ended, said)

    def _end(self, outcome: str, said: str) -> None:
        self._outcome = outcome
        for line in said.splitlines():
            self.host.log(f"{self.app}: {line}", _WORDS.get(outcome, logger.error))


_frozen = Event()


def open_hold(state: State, host: Host, opening: Opening, arguments: dict[str, Any]) -> Hold | None:
    """
    Open the journal on the host, with this process as its holder.

    Returns None when the host refuses. If it had to end an interrupted changeover first, nothing
    is open yet (``again``): the host is to be looked at anew.
    """
    app = opening.app
    silence = float(host.data.get(SILENCE) or _DEFAULT_SILENCE)
    changeover = f"{app}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{secrets.token_hex(3)}"
    try:
        line = connect(state, host, hold_command(app, changeover), arguments)
    except (OSError, SSHException, ValueError) as error:
        host.log(str(error), logger.error)
        return None
    hold = Hold(host, app, line, silence)
    line.send(
        version=version(),
        silence=silence,
        generation=opening.generation,
        stamp=opening.stamp,
        saw_open=opening.saw_open,
        scope=f"changeover-{changeover}.scope",
        about=opening.about(changeover, getpass.getuser(), socket.gethostname()),
    )
    why = hold.opened.get()
    if why:
        for text in why.splitlines():
            host.log(f"{app}: {text.removeprefix(f'{app}: ')}", logger.error)
        return None
    return hold


def freeze() -> None:
    """Let no step that ends now be followed by another: this process is about to end."""
    _frozen.set()
