"""
Errors in an app's log since its restart: in the journal of its units, and in log files.

What a restart is, ``mark`` notes right before it: the time, what ran until then (whose last words
are not the release's), and how far each log file went.
"""

import json
import os
import re
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from .. import json_text
from ..app import child as app_child
from ..files import Failure, write

_ERR = 3
_SYSTEMD = "1"
_SHOWN = 20
_LETTERS = 300
_LINE_BYTES = 1 << 16
_ENTRY_BYTES = 4 << 20
_COUNTED = 10_000
_SECONDS = 120.0
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Place(NamedTuple):
    """Where a log lies."""

    journals: Sequence[str]
    """The units of systemd's whose parts of the journal it is."""
    files: Sequence[str]
    user: str = ""
    """Who writes the files, as whom they are read."""

    @property
    def whose(self) -> str:
        """What messages say whose log it is."""
        return " ".join(self.journals) or self.user or "the app"


class Rules(NamedTuple):
    """What counts as an error, beside lines of priority ``err``, and how many may be there."""

    pattern: str
    allowed: int = 0


def mark(place: Place, into: Path) -> None:
    """Note that the app is about to be restarted."""
    noted = {
        "at": time.time(),
        "invocations": [_invocation(unit) for unit in place.journals],
        "files": _as(place.user, partial(_sizes, place.files)) if place.files else {},
    }
    write(into, json.dumps(noted).encode())


def _invocation(unit: str) -> str:
    return _said("systemctl", "show", "-p", "InvocationID", "--value", unit).strip()


def failures(place: Place, marked: Path, after: float, rules: Rules) -> list[str]:
    """
    Return what is to be said of the errors since the restart, if there are too many.

    A restart before ``after`` is not this release's: then there is nothing to look through.
    """
    try:
        noted = json.loads(marked.read_bytes())
    except FileNotFoundError:
        return []  # nothing was restarted yet
    except (OSError, ValueError) as error:
        why = f"{marked}, when {place.whose} was restarted, cannot be read: {error}"
        raise Failure(why) from None
    if noted["at"] < after:
        return []
    lines, count = [], 0  # counted, not kept: an app that goes wrong can write without end
    for line in _wrong(place, noted, rules.pattern):
        count += 1
        if count <= _SHOWN:
            lines.append(f"    {line[:_LETTERS]}")
    if count <= rules.allowed:
        return []
    more = [f"    and {count - _SHOWN} more"] if count > _SHOWN else []
    many = f"{count} line{'' if count == 1 else 's'}"
    head = f"the log of {place.whose} has {many} with errors since the restart,"
    return ["\n".join([f"{head} {rules.allowed} allowed:", *lines, *more])]


def _wrong(place: Place, noted: dict[str, Any], pattern: str) -> Iterator[str]:
    """Yield the lines that are errors."""
    if place.journals:
        yield from _in_journal(place.journals, noted, re.compile(pattern))
    if place.files:
        found = _as(place.user, partial(_in_files, place.files, noted["files"], pattern))
        yield from map(str, found)


def _in_journal(
    units: Sequence[str], noted: dict[str, Any], looks_wrong: re.Pattern[str]
) -> Iterator[str]:
    subprocess.run(["journalctl", "--sync"], check=False, capture_output=True)
    words = ["-q", "--no-pager", "--all", "-o", "json", f"--since=@{int(noted['at'])}"]
    # what an earlier version noted is of one unit
    earlier = {*noted.get("invocations", ()), noted.get("invocation", "")} - {""}
    for line in _lines("journalctl", *words, *(f"--unit={unit}" for unit in units)):
        if not line.endswith(b"\n"):
            yield f"an entry of over {_ENTRY_BYTES >> 20} MB, which was not looked through"
            continue
        entry = json_text.read(line)
        before = entry.get("_SYSTEMD_INVOCATION_ID") or entry.get("INVOCATION_ID")
        late = int(entry["__REALTIME_TIMESTAMP"]) / 1e6 >= noted["at"]
        if not late or before in earlier:
            continue
        if entry.get("_PID") == _SYSTEMD:
            continue  # of the environment file, say; whether the unit runs is seen by its health
        text = _text(entry.get("MESSAGE"))
        if _is_error(entry.get("PRIORITY")) or looks_wrong.search(text):
            yield text


def _is_error(priority: object) -> bool:
    """Tell whether an entry is an error; the app may give it any priority, or several."""
    given = priority if isinstance(priority, list) else [priority]
    return any(isinstance(one, str) and one.isdecimal() and int(one) <= _ERR for one in given)


def _text(message: object) -> str:
    """
    Return a message; journalctl gives one that is not plain text as its bytes.

    An app can give several in one entry: then they are a list of such.
    """
    if not isinstance(message, list):
        return message if isinstance(message, str) else ""
    if all(isinstance(one, int) for one in message):
        return bytes(message).decode(errors="replace")
    return "\n".join(map(_text, message))


def _as(user: str, act: Callable[[], Any]) -> Any:
    """Do something as the app's user: what it made of its log's folder is then its own affair."""
    return app_child.run(user, act, seconds=_SECONDS) if user else act()


def _sizes(files: Sequence[str]) -> dict[str, list[int] | None]:
    return {name: _size(Path(name)) for name in files}


def _in_files(files: Sequence[str], sizes: dict[str, Any], pattern: str) -> list[str]:
    """Return the lines that look wrong; of very many, as many as anybody would count."""
    looks_wrong = re.compile(pattern)
    lines = (line for name in files for line in _in_file(Path(name), sizes.get(name), looks_wrong))
    return list(islice(lines, _COUNTED))


def _in_file(path: Path, was: list[int] | None, looks_wrong: re.Pattern[str]) -> Iterator[str]:
    now = _size(path)
    if now is None:
        return
    # another file, or a shorter one: it was rotated, and is new from its beginning
    begin = was[1] if was and was[0] == now[0] and was[1] <= now[1] else 0
    with os.fdopen(os.open(path, _OPEN), "rb") as file:
        file.seek(begin)
        # what has no line break is looked through in parts
        while line := file.readline(_LINE_BYTES):
            text = line.decode(errors="replace").rstrip("\n")
            if looks_wrong.search(text):
                yield f"{path}: {text[:_LETTERS]}"


def _size(path: Path) -> list[int] | None:
    """Return inode and size of a plain file, None where there is none."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return [found.st_ino, found.st_size] if stat.S_ISREG(found.st_mode) else None


def _lines(*words: str) -> Iterator[bytes]:
    """
    Yield what a command says, line by line, as it comes; of a very long one the begin alone.

    Raises Failure when it fails.
    """
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=errors) as command:
            assert command.stdout is not None
            while line := command.stdout.readline(_ENTRY_BYTES):
                yield line
                # the rest of one that is too long, which its receiver sees by its end
                while not line.endswith(b"\n") and line:
                    line = command.stdout.readline(_ENTRY_BYTES)
        if command.returncode:
            errors.seek(0)
            why = errors.read(_LINE_BYTES).decode(errors="replace").strip()
            raise Failure(f"{' '.join(words)}: {why}")


def _said(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, check=False)
    if done.returncode:
        raise Failure(f"{' '.join(words)}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode(errors="replace")
