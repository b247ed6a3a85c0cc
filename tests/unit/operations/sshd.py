"""A server of ssh on a pair of sockets that hands commands to a login shell, as sshd does."""

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import IO, Any

import paramiko
from paramiko.common import (
    AUTH_SUCCESSFUL,
    OPEN_FAILED_RESOURCE_SHORTAGE,
    OPEN_SUCCEEDED,
)
from typing_extensions import override

# sshd's own MaxSessions
MOST_CHANNELS = 10


class Open(paramiko.ServerInterface):
    """Lets everybody in."""

    @override
    def check_auth_none(self, username: str) -> int:
        return AUTH_SUCCESSFUL

    @override
    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED


class Server(Open):
    """Runs each command by a shell, in a home of its own."""

    def __init__(self, shell: str, home: Path) -> None:
        self.shell, self.home = shell, home
        self.channels: list[paramiko.Channel] = []

    @override
    def check_channel_request(self, kind: str, chanid: int) -> int:
        self.channels = [channel for channel in self.channels if not channel.closed]
        full = len(self.channels) >= MOST_CHANNELS
        return OPEN_FAILED_RESOURCE_SHORTAGE if full else OPEN_SUCCEEDED

    @override
    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self.channels.append(channel)
        # by these bash knows that it is called by sshd
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "SSH_CLIENT": "::1 1 22"}
        child = subprocess.Popen(
            [self.shell, "-c", command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=self.home,
        )
        replied = _next_message(channel.get_transport())
        Thread(target=_serve, args=(child, channel, replied), daemon=True).start()
        return True


def _next_message(transport: Any) -> Event:
    """Return what is set when a transport has sent its next message: here, the reply."""
    sent, send = Event(), transport._send_user_message

    def sending(message: object) -> None:
        transport._send_user_message = send
        send(message)
        sent.set()

    transport._send_user_message = sending
    return sent


def _serve(child: "subprocess.Popen[bytes]", channel: paramiko.Channel, replied: Event) -> None:
    replied.wait()  # who is closed before has no answer to what was asked
    ways = ((child.stdout, channel.sendall), (child.stderr, channel.sendall_stderr))
    outputs = [Thread(target=_pass, args=(child, *way), daemon=True) for way in ways]
    for one in (Thread(target=_feed, args=(child, channel), daemon=True), *outputs):
        one.start()
    # as sshd does: the end of the command is told though others have its outputs open
    with suppress(OSError, EOFError):
        channel.send_exit_status(child.wait() % 256)
        for one in outputs:
            one.join()
        channel.close()


def _pass(child: "subprocess.Popen[bytes]", stream: IO[bytes], send: Callable[..., object]) -> None:
    try:
        while part := os.read(stream.fileno(), 65536):
            send(part)
    except (OSError, EOFError):
        child.kill()  # nobody listens any more


def _feed(child: "subprocess.Popen[bytes]", channel: paramiko.Channel) -> None:
    assert child.stdin
    with suppress(OSError), child.stdin:
        while part := channel.recv(65536):
            child.stdin.write(part)
            child.stdin.flush()


@contextmanager
def connected(shell: str, home: Path) -> Iterator[paramiko.SSHClient]:
    """Return a client whose commands a login shell gets."""
    ours, theirs = socket.socketpair()
    with closing(paramiko.Transport(theirs)) as host, closing(paramiko.Transport(ours)) as end:
        host.add_server_key(paramiko.ECDSAKey.generate())
        host.start_server(Event(), Server(shell, home))
        end.start_client(timeout=10)
        end.auth_none("somebody")
        client = paramiko.SSHClient()
        setattr(client, "_transport", end)  # noqa: B010 - it is paramiko's own
        yield client
