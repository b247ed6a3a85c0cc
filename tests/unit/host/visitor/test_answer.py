"""What is read of an answer: its end, its size and its time are known, whoever answers."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from changeover.host.visitor import answer
from changeover.host.visitor.answer import NoAnswer, NotWhole, TooLarge, get
from changeover.host.visitor.request import Request
from tests.unit.answering import Answering, Speak, answering_by_socket

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"transfer-encoding: Chunked\r\n\r\n"
MOST = 1000


@pytest.fixture
def app() -> Iterator[Answering]:
    with answering_by_socket() as server:
        yield server


def ask(app: Answering, said: bytes | Speak, seconds: float = 5) -> answer.Answer:
    app.speak = said if callable(said) else lambda one: one.sendall(said)
    return get(Request("/", {"Host": "x"}, app.path), seconds, MOST)


@pytest.mark.parametrize(
    ("said", "body"),
    [
        (HEAD + b"\r\nuntil its end", b"until its end"),
        (HEAD + b"Content-Length: 3\r\n\r\nonly this", b"onl"),
        (
            HEAD + b"transfer-encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
            b"abcde",
        ),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\nA: b\r\n\r\n" + HEAD + b"\r\nx", b"x"),
        (b"HTTP/1.0 200\n\nplain line ends", b"plain line ends"),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", b""),
        (HEAD + b"\r\n" + b"x" * MOST, b"x" * MOST),
    ],
    ids=["to the end", "length", "chunks", "in between", "plain", "none", "largest"],
)
def test_an_answer_is_read_to_its_end(app: Answering, said: bytes, body: bytes) -> None:
    assert ask(app, said).body == body


def test_headers_are_known_by_their_names_in_lower_case(app: Answering) -> None:
    found = ask(app, b"HTTP/1.1 302 Found\r\nLOCATION:  /x?a=b \r\nLocation: /y\r\n\r\n")

    assert (found.status, found.headers) == (302, {"location": "/x?a=b"})
    assert len(app.heard) == 1, "a redirect is not followed"


@pytest.mark.parametrize(
    ("said", "problem", "why"),
    [
        (b"", NoAnswer, "it breaks off"),
        (b"SSH-2.0-OpenSSH\r\n", NoAnswer, "no HTTP"),
        (b"HTTP/0.9 200 OK\r\n\r\n", NoAnswer, "no HTTP"),
        (b"HTTP/1.1 99999 OK\r\n\r\n", NoAnswer, "no HTTP"),
        (b"x" * 100_000, NoAnswer, "does not end"),
        (HEAD + b"X: y\r\n", NotWhole, "breaks off"),
        (HEAD + b"X: y\r\n" * 100_000, NotWhole, "its head does not end"),
        (HEAD + b"X" * 500_000, NotWhole, "its head does not end"),
        (HEAD + b"Content-Length: 9\r\n\r\nshort", NotWhole, "breaks off"),
        (HEAD + b"Content-Length: -1\r\n\r\nx", NotWhole, "where it ends"),
        (HEAD + b"Content-Length: 1\xb9\r\n\r\nx", NotWhole, "where it ends"),
        (CHUNKED + b"-3\r\nabc\r\n", NotWhole, "where it ends"),
        (CHUNKED + b"3\r\nabc\r\n", NotWhole, "breaks off"),
        (HEAD + b"Transfer-Encoding: gzip\r\n\r\nabc", NotWhole, "breaks off"),
        (HEAD + b"\r\n" + b"x" * (MOST + 1), TooLarge, "too large"),
        (HEAD + b"Content-Length: 999999999\r\n\r\n", TooLarge, "too large"),
        (CHUNKED + b"ffffffffff\r\n", TooLarge, "too large"),
        (CHUNKED + b"1\r\nx\r\n" * 2000, TooLarge, "large"),
    ],
    ids=range(18),
)
def test_what_is_no_whole_answer_is_none(
    app: Answering, said: bytes, problem: type[OSError], why: str
) -> None:
    with pytest.raises(problem, match=why):
        ask(app, said)


def _for_ever(begin: bytes, more: bytes) -> Speak:
    def speak(connection: socket.socket) -> None:
        connection.sendall(begin)
        while True:
            time.sleep(0.02)
            connection.sendall(more)

    return speak


@pytest.mark.parametrize(
    ("begin", "more", "problem"),
    [
        (b"HTTP/1.1", b" ", NoAnswer),
        (HEAD, b"X: y\r\n", NotWhole),
        (HEAD + b"\r\n", b" ", NotWhole),
        (HEAD + b"Content-Length: 500\r\n\r\n", b" ", NotWhole),
        (CHUNKED, b"1\r\nx\r\n", NotWhole),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", NoAnswer),
    ],
    ids=["status", "head", "body", "length", "chunks", "in between"],
)
def test_the_time_is_for_the_answer_as_a_whole(
    app: Answering, begin: bytes, more: bytes, problem: type[OSError]
) -> None:
    began = time.monotonic()
    with pytest.raises(problem, match="it does not end"):
        ask(app, _for_ever(begin, more), 0.5)
    assert time.monotonic() - began < 30


def test_only_a_status_is_asked_for_where_nobody_reads_the_rest(app: Answering) -> None:
    request = Request("/", {"Host": "x"}, app.path)
    app.speak = _for_ever(b"HTTP/1.1 503 Closed\r\n\r\n", b"x")

    assert answer.status(request, 5) == 503
    app.speak = lambda _: None
    assert answer.status(request, 5) == 0
    assert answer.status(request._replace(socket=f"{app.path}.none"), 5) == 0


@pytest.mark.parametrize("path", ["/a b", "/a\r\nX: y", "/\x7f", "/a\tb"])
def test_what_is_no_path_is_sent_to_nobody(app: Answering, path: str) -> None:
    with pytest.raises(NoAnswer, match="is no path"):
        get(Request(path, {"Host": "x"}, app.path), 5, MOST)
    assert app.heard == []


def test_a_place_in_a_full_queue_is_waited_for(tmp_path: Path) -> None:
    """An app that restarts lets many wait in its socket."""
    where, waiting = str(tmp_path / "app"), []
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(where)
        listening.listen(0)
        for _ in range(2):
            one = socket.socket(socket.AF_UNIX)
            one.setblocking(False)
            waiting.append(one)
            try:
                one.connect(where)
            except BlockingIOError:
                break
        else:
            pytest.skip("this queue is never full")

        with pytest.raises(NoAnswer, match="timed out"):
            get(Request("/", {"Host": "x"}, where), 0.5, MOST)
        for one in waiting:
            one.close()
