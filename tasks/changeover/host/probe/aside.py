"""Parts that take their time, in processes of their own; and what only the app's user reads."""

import ctypes
import json
import os
import pwd
import resource
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import json_text
from .words import cleaned

_MEMORY = 1 << 30
_SECONDS = 10.0
_MOST = 1 << 20
_CHUNK = 1 << 16
_NO_NEW_PRIVILEGES, _DUMPABLE, _DEATH_SIGNAL = 38, 4, 1


class Aside:
    """Something that is done beside all else. A child that dies has told nothing."""

    def __init__(self, act: Callable[[], Any]) -> None:
        """Begin it."""
        self._reader, writer = os.pipe2(os.O_CLOEXEC)
        self._child = os.fork()
        if not self._child:
            try:
                os.close(self._reader)
                _say_nothing()
                _write(writer, json.dumps(act()).encode())
            finally:
                os._exit(0)
        os.close(writer)

    def told(self) -> Any:
        """Return what was found. Raises ValueError where nothing came."""
        with os.fdopen(self._reader, "rb") as file:
            said = file.read()
        os.waitpid(self._child, 0)
        return json_text.read(said)


def as_app(app: str, act: Callable[[], Any]) -> Any:
    """
    Return what is found as the app's user, who wrote all that is read there; root reads JSON.

    Raises ValueError or OSError where nothing came of it within 10 s.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            _say_nothing()
            os.closerange(3, writer)
            os.closerange(writer + 1, os.sysconf("SC_OPEN_MAX"))
            _become(app)
            _write(writer, json.dumps(cleaned(act())).encode())
        finally:
            os._exit(0)
    os.close(writer)
    said, ends = b"", time.monotonic() + _SECONDS
    while len(said) < _MOST and select.select([reader], [], [], max(0, ends - time.monotonic()))[0]:
        part = os.read(reader, _CHUNK)
        if not part:
            break
        said += part
    os.close(reader)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return json_text.read(said)


def _say_nothing() -> None:
    """Leave the words of the whole answer to who began it."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)
    os.close(nothing)


def _become(app: str) -> None:
    if os.geteuid() != 0:
        return
    user = pwd.getpwnam(app)
    # where memory runs out, this goes first
    Path("/proc/self/oom_score_adj").write_text("1000")
    os.initgroups(user.pw_name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    # no new privileges; out of reach for others of that user; ends with its parent
    settings = ((_NO_NEW_PRIVILEGES, 1), (_DUMPABLE, 0), (_DEATH_SIGNAL, int(signal.SIGKILL)))
    for option, value in settings:
        if ctypes.CDLL(None).prctl(option, value, 0, 0, 0):
            os._exit(1)
    for what, most in (
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _write(writer: int, said: bytes) -> None:
    while said:
        said = said[os.write(writer, said) :]
