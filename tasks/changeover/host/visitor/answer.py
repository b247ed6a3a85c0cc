"""
What is answered to a request: whoever answers may be hostile.

The time is for the answer as a whole, and only so much of it is read. No redirect is followed.
(``http.client`` limits each read by itself, and takes longer to load than an app to answer.)
"""

import re
import time
from collections.abc import Mapping
from typing import NamedTuple

from .request import Request, left, send

_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: .*)?\r?\n")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(?:;.*)?\r?\n")
_LENGTH = re.compile(r"[0-9]{1,15}")
_FIRST_FINAL = 200
_WITHOUT_BODY = (204, 304)
_HEAD_BYTES = 256 << 10
_LINE_BYTES = 1 << 16
_PART_BYTES = 1 << 16


class Answer(NamedTuple):
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    """By their names in lower case."""
    body: bytes


class NoAnswer(OSError):  # noqa: N818 - what came of it
    """Nobody answers, or nobody who speaks HTTP."""


class NotWhole(OSError):  # noqa: N818 - likewise
    """What was begun does not come to its end."""


class TooLarge(NotWhole):
    """What was begun has a larger body than anybody reads."""


def get(request: Request, seconds: float, most: int) -> Answer:
    """Return the whole answer. Raises NoAnswer, NotWhole, and TooLarge for a body over ``most``."""
    with _Asked(request, seconds) as asked:
        status, headers = asked.head()
        return Answer(status, headers, asked.body(status, headers, most))


def status(request: Request, seconds: float) -> int:
    """Return the status of an answer, 0 where nobody answers in time."""
    try:
        with _Asked(request, seconds) as asked:
            return asked.head()[0]
    except (NoAnswer, NotWhole):
        return 0


class _Asked:
    """A connection on which something was asked for, and what came of it that is not read yet."""

    def __init__(self, request: Request, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._come = bytearray()
        try:
            self._connection = send(request, self._ends)
        except OSError as error:
            raise NoAnswer(str(error) or repr(error)) from None

    def __enter__(self) -> "_Asked":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def head(self) -> tuple[int, dict[str, str]]:
        """Return status and headers; what is only said in between is passed over."""
        space = _HEAD_BYTES
        while True:
            status = self._status()
            headers: dict[str, str] = {}
            while (line := self._line(space)).strip():
                space -= len(line)
                name, _, value = line.decode("latin-1").partition(":")
                headers.setdefault(name.lower(), value.strip())
            if status >= _FIRST_FINAL:
                return status, headers

    def _status(self) -> int:
        try:
            found = _STATUS.fullmatch(self._line(_LINE_BYTES))
        except OSError as error:
            raise NoAnswer(str(error)) from None
        if not found:
            raise NoAnswer("what it says is no HTTP")
        return int(found[1])

    def body(self, status: int, headers: Mapping[str, str], most: int) -> bytes:
        """Return the body."""
        length = headers.get("content-length")
        if status in _WITHOUT_BODY:
            return b""
        if "transfer-encoding" in headers:
            return self._chunks(most)
        if length is None:
            return self._rest(most)
        if not _LENGTH.fullmatch(length):
            raise NotWhole("it does not say where it ends")
        return self._exactly(int(length), most)

    def _chunks(self, most: int) -> bytes:
        whole = bytearray()
        while True:
            found = _SIZE.fullmatch(self._line(_LINE_BYTES))
            if not found:
                raise NotWhole("it does not say where it ends")
            if not (size := int(found[1], 16)):
                return bytes(whole)
            whole += self._exactly(size, most - len(whole))
            self._line(_LINE_BYTES)

    def _line(self, most: int) -> bytes:
        while not (end := self._come.find(b"\n", 0, max(0, most)) + 1):
            if len(self._come) >= most:
                raise NotWhole("its head does not end")
            self._more()
        return self._take(end)

    def _exactly(self, size: int, most: int) -> bytes:
        if size > most:
            raise TooLarge("it is too large")
        while len(self._come) < size:
            self._more()
        return self._take(size)

    def _rest(self, most: int) -> bytes:
        while len(self._come) <= most:
            if not self._receive():
                return self._take(len(self._come))
        raise TooLarge("it is too large")

    def _take(self, size: int) -> bytes:
        taken = bytes(self._come[:size])
        del self._come[:size]
        return taken

    def _more(self) -> None:
        if not self._receive():
            raise NotWhole("it breaks off")

    def _receive(self) -> bool:
        """Tell whether something has come."""
        try:
            self._connection.settimeout(left(self._ends))
            part = self._connection.recv(_PART_BYTES)
        except TimeoutError:
            raise NotWhole("it does not end") from None
        except OSError as error:
            raise NotWhole(str(error) or repr(error)) from None
        self._come += part
        return bool(part)
