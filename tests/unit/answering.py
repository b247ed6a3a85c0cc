"""A server that answers in whatever bytes a test says, on a port or on a Unix socket."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from typing_extensions import override

Speak = Callable[[socket.socket], None]


class Answering(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Answers, and keeps what it was asked."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    speak: Speak
    heard: list[str]

    @property
    def port(self) -> int:
        """Return where it listens."""
        return int(self.socket.getsockname()[1])

    @property
    def path(self) -> str:
        """Return the Unix socket on which it listens."""
        return str(self.server_address)

    @property
    def headers(self) -> list[dict[str, str]]:
        """Return the headers of each question."""
        heads = [one.partition("\r\n\r\n")[0].split("\r\n")[1:] for one in self.heard]
        return [dict(line.split(": ", 1) for line in head) for head in heads]

    def says(self, body: bytes, status: str = "200 OK") -> None:
        """Have it answer in HTTP."""
        self.speak = lambda one: one.sendall(b"HTTP/1.0 %s\r\n\r\n%s" % (status.encode(), body))


class _ByUnixSocket(Answering):
    address_family = socket.AF_UNIX

    @override
    def server_bind(self) -> None:
        self.socket.bind(self.server_address)


class _Handler(socketserver.BaseRequestHandler):
    server: Answering

    @override
    def handle(self) -> None:
        with suppress(OSError):
            self.server.heard.append(self.request.recv(1 << 16).decode())
            self.server.speak(self.request)


@contextmanager
def answering(certified: Path | None = None) -> Iterator[Answering]:
    """Serve on a port; by https with ``fullchain.pem`` and ``privkey.pem`` of a folder."""
    with Answering(("127.0.0.1", 0), _Handler) as server:
        if certified:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certified / "fullchain.pem", certified / "privkey.pem")
            server.socket = context.wrap_socket(server.socket, server_side=True)
        with _serving(server):
            yield server


@contextmanager
def answering_by_socket() -> Iterator[Answering]:
    """Serve on a Unix socket whose path is short enough to be one."""
    with TemporaryDirectory() as folder:
        where: Any = f"{folder}/app"
        with _ByUnixSocket(where, _Handler) as server, _serving(server):
            yield server


@contextmanager
def _serving(server: Answering) -> Iterator[None]:
    server.heard = []
    server.says(b"well")
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
