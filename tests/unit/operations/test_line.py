"""The line to a hold, over real ssh on a pair of sockets."""

import socket
from collections.abc import Iterator
from contextlib import closing
from threading import Event, Thread

import gevent
import paramiko
import pytest
from typing_extensions import override

from changeover.operations.line import Line
from tests.unit.operations.sshd import Open


class Host(Open):
    """Takes every command."""

    @override
    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        return True


@pytest.fixture
def ends() -> Iterator[tuple[Line, paramiko.Channel]]:
    """Return a line and the host's end of it."""
    ours, theirs = socket.socketpair()
    with closing(paramiko.Transport(theirs)) as host, closing(paramiko.Transport(ours)) as client:
        host.add_server_key(paramiko.ECDSAKey.generate())
        host.start_server(Event(), Host())
        client.start_client(timeout=10)
        client.auth_none("somebody")
        channel = client.open_session(timeout=10)
        channel.exec_command("hold")
        files = channel.makefile_stdin("wb"), channel.makefile("r"), channel.makefile_stderr("r")
        other = host.accept(10)
        assert other is not None
        yield Line(*files), other


def test_messages_reach_the_host(ends: tuple[Line, paramiko.Channel]) -> None:
    line, host = ends
    line.send(step="x" * 100_000)
    line.send()
    received = b""
    while received.count(b"\n") < 2:
        received += host.recv(65536)
    assert received == b'{"step": "' + b"x" * 100_000 + b'"}\n\n'


def test_a_beat_after_the_end_is_refused_instead_of_tried_for_ever(
    ends: tuple[Line, paramiko.Channel],
) -> None:
    line, host = ends
    line.end()
    with pytest.raises(OSError, match="the line has ended"):
        line.send()
    assert host.recv(1) == b""


def test_who_waits_for_a_host_that_takes_nothing_is_let_go(
    ends: tuple[Line, paramiko.Channel],
) -> None:
    line, _ = ends
    failed: list[OSError] = []

    def send() -> None:
        try:
            line.send(step="x" * 10_000_000)
        except OSError as error:
            failed.append(error)

    sending = Thread(target=send)
    sending.start()
    sending.join(1)
    assert sending.is_alive(), "the host reads nothing"
    line.drop()
    gevent.sleep(0.1)
    sending.join(30)
    assert len(failed) == 1
    assert line.receive() is None


def test_beats_of_the_host_are_no_messages(ends: tuple[Line, paramiko.Channel]) -> None:
    line, host = ends
    host.sendall(b'\n{"opened": "c1"}\n\n')
    assert [line.receive() for _ in range(3)] == [{}, {"opened": "c1"}, {}]
