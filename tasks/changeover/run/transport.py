"""The ssh connection of a run: quick, quick to notice a dead peer, and heard without chatter."""

import socket
from functools import partial
from typing import Any

import gevent
import paramiko
from pyinfra import logger
from pyinfra.api.host import Host

from changeover.facts import run
from changeover.operations import login_shell

# --data changeover_channels=true prints how many channels a run opened on each host
COUNT = "changeover_channels"

_IDLE_SECONDS = 5
_PROBES = 3
_DEAD_MILLISECONDS = 15_000
# what waits before the question, of an upload over a slow line, takes its time
_SILENT_SECONDS = 60


def tune(host: Host) -> None:
    """
    Set up the connection of a host, once a run.

    Each command is a channel of its own, and ssh's small packets would wait for Nagle's algorithm:
    31 steps that change nothing took 3.3 s, and 0.93 s without it. A peer that is gone is noticed
    by the kernel within 20 s instead of never. One behind a jump host is no peer of the kernel's,
    as our end is at the jump host: it is asked whether it is there, and given up after a minute.
    Does nothing for hosts that are not reached by ssh.
    """
    client = getattr(host.connector, "client", None)
    transport = client.get_transport() if client else None
    if transport is None or host.name in run.this.tuned:
        return
    run.this.tuned.add(host.name)
    login_shell.prepare(client, partial(_complain, host))
    sock = transport.sock
    if not hasattr(sock, "setsockopt"):
        gevent.spawn(_watch, host, transport)
    while isinstance(sock, paramiko.Channel):  # of the jump host's connection, perhaps of several
        sock = sock.get_transport().sock
    if hasattr(sock, "setsockopt"):
        _set_options(sock)
    if host.data.get(COUNT):
        _count(host.name, transport)


def report() -> None:
    """Print the channels that were opened since tune, for hosts that count."""
    for name, count in sorted(run.this.channels.items()):
        logger.info(f"--> {name}: {count} ssh channels")
    run.this.channels.clear()


def _set_options(sock: socket.socket) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        ("TCP_KEEPIDLE", _IDLE_SECONDS),
        ("TCP_KEEPINTVL", _IDLE_SECONDS),
        ("TCP_KEEPCNT", _PROBES),
        ("TCP_USER_TIMEOUT", _DEAD_MILLISECONDS),
    ):
        if hasattr(socket, option):  # not every system has them all
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def _watch(host: Host, transport: Any) -> None:
    """Ask a host now and then whether it is there; close its connection when it does not answer."""
    while transport.is_active():
        gevent.sleep(_IDLE_SECONDS)
        if not _answers(transport) and transport.is_active():
            host.log(
                f"the host has not answered for {_SILENT_SECONDS} s: its connection is given up,"
                " and what goes on over it has failed",
                logger.error,
            )
            transport.close()


def _answers(transport: Any) -> bool:
    """Tell whether a host answers ssh's own question, and be it with no."""
    asked = gevent.spawn(transport.global_request, "keepalive@openssh.com", wait=True)
    for _ in range(_SILENT_SECONDS):  # counted, not by the clock: this process may have stood still
        asked.join(1)
        if asked.ready():
            return bool(asked.successful())
    return False


def _complain(host: Host, problem: str) -> None:
    host.log(problem, logger.error)


def _count(name: str, transport: Any) -> None:
    open_session = transport.open_session
    run.this.channels[name] = 0

    def counting(*arguments: Any, **keywords: Any) -> Any:
        run.this.channels[name] += 1
        return open_session(*arguments, **keywords)

    transport.open_session = counting
