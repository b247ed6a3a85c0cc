"""
Doing something as an app's user: in a child that has become it, with a result of limited size.

Root never parses what an app wrote and never follows a path that an app may change; it gets JSON.
"""

import contextlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from .. import json_text
from ..files import Failure
from . import user as app_user

# how much a child may say
_MOST = 64 << 20
_LOOK_SECONDS = 1.0
_CHUNK = 1 << 16

# whether this process is such a child
_inside: list[str] = []


def run(
    user: str,
    act: Callable[[], Any],
    *,
    shown: tuple[Path, Path] | None = None,
    keep: Collection[int] = (),
    largest: int | None = None,
    seconds: float | None = None,
    moves: bool = False,
) -> Any:
    """
    Return what a function returns, called as that user; it must be what JSON can hold.

    ``shown`` is a folder and the path at which it is seen, by the child alone. ``keep`` names the
    descriptors that the child has too; ``largest`` limits the files that it makes, ``seconds`` its
    time; who ``moves`` may rename what ``app_user.become`` says. Errors come back as they are. Who
    is that user already calls the function itself.
    """
    if app_user.is_self(user):
        return act()
    reader, writer = os.pipe2(os.O_CLOEXEC)
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        become = partial(app_user.become, user, largest, moves=moves)
        _serve(user, act, writer, parent, shown, {*keep, writer}, become)
    os.close(writer)
    try:
        said = _listen(user, child, reader, seconds)
    finally:
        os.close(reader)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    return _understood(user, said, status)


def is_inside() -> bool:
    """Tell whether this is such a child."""
    return bool(_inside)


@contextlib.contextmanager
def limit(seconds: int) -> Iterator[None]:
    """End a child that does not come out of this in time: SQLite itself waits for a pipe."""
    if not is_inside():
        yield
        return
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def _serve(
    user: str,
    act: Callable[[], Any],
    writer: int,
    parent: int,
    shown: tuple[Path, Path] | None,
    keep: set[int],
    become: Callable[[], None],
) -> NoReturn:
    try:
        _inside.append(user)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        _close_others(keep)
        if shown:
            app_user.show(*shown)
        os.chdir("/")
        become()
        app_user.die_with(parent)
        answer = {"returned": act()}
    except Exception as error:
        answer = _told(error)
    except BaseException:
        os._exit(1)
    with contextlib.suppress(OSError), os.fdopen(writer, "wb") as file:
        file.write(json.dumps(answer).encode())
    os._exit(0)


def _close_others(keep: set[int]) -> None:
    """Close what is the parent's: its locks, and its lines to others."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in {0, 1, 2} - keep:
        os.dup2(nothing, standard)
    for number in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
        if number > 2 and number not in keep:
            with contextlib.suppress(OSError):
                os.close(number)


def _told(error: Exception) -> dict[str, Any]:
    arguments: list[Any] = [str(error)]
    if isinstance(error, OSError) and error.errno:
        arguments = [error.errno, error.strerror, *([str(error.filename)] * bool(error.filename))]
    notes = [str(note) for note in getattr(error, "__notes__", [])]
    return {"raised": type(error).__name__, "arguments": arguments, "notes": notes}


def _listen(user: str, child: int, reader: int, seconds: float | None) -> bytes:
    """Read to the end, though never from one that somebody has stopped."""
    said, ends = bytearray(), None if seconds is None else time.monotonic() + seconds
    while True:
        if select.select([reader], [], [], _LOOK_SECONDS)[0]:
            part = os.read(reader, _CHUNK)
            if not part:
                return bytes(said)
            said += part
            if len(said) > _MOST:
                raise Failure(f"what {user} may write says more than {_MOST >> 20} MB of itself")
            continue
        if os.waitid(os.P_PID, child, os.WSTOPPED | os.WNOHANG | os.WNOWAIT):
            raise Failure(f"a process of {user} stopped the one that reads its data: look at it")
        if ends is not None and time.monotonic() > ends:
            raise Failure(f"what {user} may write was not read within {seconds:g} s")


def _understood(user: str, said: bytes, status: int) -> Any:
    try:
        answer = json_text.read(said, _MOST)
        if "returned" in answer:
            return answer["returned"]
        kind, arguments = answer["raised"], answer["arguments"]
        notes = list(map(str, answer["notes"]))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Failure(_ended(user, status)) from None
    error = _known(kind)(*arguments)
    for note in notes:
        error.add_note(note)
    raise error


def _ended(user: str, status: int) -> str:
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if number == signal.SIGALRM:
        return f"a file of {user} could not be opened in time: is it a pipe, or locked?"
    how = signal.Signals(number).name if number else f"status {os.waitstatus_to_exitcode(status)}"
    return f"the process that reads the data of {user} ended without a word: {how}"


def _known(name: object) -> type[Exception]:
    """Return the class of an error that a child told of."""
    if name in ("OSError", "PermissionError", "FileNotFoundError", "IsADirectoryError"):
        return OSError
    found = getattr(sys.modules.get("sqlite3"), str(name), None)
    return found if isinstance(found, type) and issubclass(found, Exception) else Failure
