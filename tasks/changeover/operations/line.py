"""The line to a host's hold: one channel that stays open, JSON lines both ways."""

import json
import shutil
import subprocess
from contextlib import suppress
from io import BytesIO
from typing import Any, Protocol

import gevent
from gevent.lock import RLock
from pyinfra.api import StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.connectors.util import make_unix_command_for_host

from changeover.host.shown_text import shown

# what a connector does with a command beside wrapping it, and one that is run past it does not need
NOT_WRAPPING = ("_get_pty", "_timeout", "_stdin", "_success_exit_codes")

_END_SECONDS = 2
_SHOWN_LETTERS = 200


class NoMessageError(Exception):
    """Something on the line was no message."""


class Pipe(Protocol):
    """A file as paramiko and subprocess give them."""

    def write(self, data: bytes, /) -> object:
        """Write all of it."""

    def flush(self) -> object:
        """Send what waits."""

    def readline(self) -> Any:
        """Return a line, empty at the end."""

    def read(self) -> Any:
        """Return what there is until the end."""

    def close(self) -> object:
        """Give it up."""


class Line:
    """Both directions to one hold. Messages are whole, whoever sends at the same time."""

    def __init__(self, to: Pipe, back: Pipe, errors: Pipe) -> None:
        """Take the three files."""
        self._to: Pipe = to
        self._back: Pipe = back
        self._errors: Pipe = errors
        self._lock = RLock()
        self._ended = False

    def send(self, **message: Any) -> None:
        """Send a message; an empty one is a beat. Raises OSError when nobody is there."""
        text = json.dumps(message) if message else ""
        with self._lock:
            if self._ended:
                raise OSError("the line has ended")  # paramiko would try for ever
            self._to.write(f"{text}\n".encode())
            self._to.flush()

    def receive(self) -> dict[str, Any] | None:
        """
        Wait for a message, {} for a beat; None at the end of the line.

        Raises NoMessageError, with the words, for what is neither.
        """
        try:
            text = self._back.readline()
        except (OSError, ValueError):  # the second where we have closed it ourselves
            return None
        if not text:
            return None
        try:
            return dict(json.loads(text)) if text.strip() else {}
        except (TypeError, ValueError):
            said = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
            raise NoMessageError(shown(said.strip())[:_SHOWN_LETTERS]) from None

    def complaint(self) -> str:
        """Return what the host's shell said, once the line has ended."""
        said = self._errors.read()
        return (said.decode(errors="replace") if isinstance(said, bytes) else str(said)).strip()

    def close(self) -> None:
        """Give up all three files: those that are left to the interpreter's end complain of it."""
        self._ended = True
        for file in (self._to, self._back, self._errors):
            with suppress(Exception):  # whatever a dead connection makes of it
                file.close()
        # paramiko closes its files once more when nobody has them: not at the very end
        self._to = self._back = self._errors = BytesIO()

    def drop(self) -> None:
        """Give it up though somebody may wait to send or receive: their waits end, as failed."""
        self._ended = True
        channel = getattr(self._to, "channel", None)
        with suppress(Exception):  # whatever a dead connection makes of it
            if channel is not None:
                # it counts as closed at once; what it still says to a dead peer may have to wait
                gevent.spawn(channel.close)
            else:
                self.close()

    def end(self) -> None:
        """Let the hold know that no more will come; what it still says can be received."""
        channel = getattr(self._to, "channel", None)
        # who sends now may wait for a network that is gone
        alone = self._lock.acquire(timeout=_END_SECONDS)
        self._ended = True
        if channel is not None and alone:
            channel.shutdown_write()
        elif channel is not None:
            channel.close()
        else:
            self._to.close()
        if alone:
            self._lock.release()


def connect(state: State, host: Host, command: str, arguments: dict[str, Any]) -> Line:
    """
    Run a command on the host that is talked with until its end.

    Over ssh it is a channel of the connection; on the controller itself (@local) a child process.
    Raises ValueError for another connector.
    """
    wrapping = {key: value for key, value in arguments.items() if key not in NOT_WRAPPING}
    text = make_unix_command_for_host(
        state, host, StringCommand(command), **wrapping
    ).get_raw_value()
    client = getattr(host.connector, "client", None)
    if client is not None:
        return Line(*client.exec_command(text))
    if host.connector_cls.__name__ != "LocalConnector":
        raise ValueError(f"{host.name}: a release needs a host reached by ssh, or @local")
    shell = shutil.which("sh") or "/bin/sh"
    pipes = subprocess.PIPE
    child = subprocess.Popen([shell, "-c", text], stdin=pipes, stdout=pipes, stderr=pipes)
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    return Line(child.stdin, child.stdout, child.stderr)
