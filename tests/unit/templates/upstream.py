"""A small app on a unix socket: it answers with what it was asked, and remembers every request."""

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from typing_extensions import override


class App(socketserver.ThreadingUnixStreamServer):
    """
    The app; ``seen`` holds method and path of every request that reached it.

    ``headers`` are its own by path, and ``silence`` is how long it thinks about an answer.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path: Path) -> None:
        self.seen: list[str] = []
        self.headers: dict[str, list[tuple[str, str]]] = {}
        self.silence = 0.0
        super().__init__(str(path), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: App

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append(f"{self.command} {self.path}")
        if self.headers.get("Upgrade") != "websocket":
            time.sleep(self.server.silence)
        if "die" in self.path:
            self.close_connection = True
        elif self.headers.get("Upgrade") == "websocket" and self._connection() == "upgrade":
            self._echo()
        else:
            self._report(body)

    do_GET = do_POST = do_PUT = do_HEAD = _answer  # noqa: N815 - the base class wants these names

    def _connection(self) -> str:
        return self.headers.get("Connection", "").lower()

    def _report(self, body: bytes) -> None:
        answer = {
            "path": self.path,
            "version": self.request_version,
            "body": len(body),
            "headers": dict(self.headers.items()),
        }
        text = json.dumps(answer).encode()
        self.send_response(503 if "own503" in self.path else 200)
        for name, value in self.server.headers.get(self.path, ()):
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def _echo(self) -> None:
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.end_headers()
        said = self.rfile.read(5)
        time.sleep(self.server.silence)
        self.wfile.write(b"echo " + said)
        self.close_connection = True

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass

    @override
    def address_string(self) -> str:
        return "unix"


@contextmanager
def running(path: Path) -> Iterator[App]:
    """Serve on the socket until the end of the block."""
    with App(path) as app:
        thread = threading.Thread(target=app.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield app
        finally:
            app.shutdown()
            thread.join()
    path.unlink()
