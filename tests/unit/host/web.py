"""A server of git by http that lets nobody in without a login, and notes what it is shown."""

import json
import os
import subprocess
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from typing_extensions import override

from changeover.lab.large_files import LargeFiles

NAME, TOKEN = "x-access-token", "ghp_SECRET/with@odd"
QUOTED = "ghp_SECRET%2Fwith%40odd"
BASIC = "Basic " + b64encode(f"{NAME}:{TOKEN}".encode()).decode()


@dataclass
class Web:
    """What is served, and what was shown."""

    folder: Path
    moved: str = ""
    """Where whoever asks is sent to instead."""
    code: int = 302
    shown: list[dict[str, str]] = field(default_factory=list)
    """The headers of each question."""
    large: LargeFiles = field(default_factory=LargeFiles)
    """What is there by Git LFS."""
    server: str = ""
    """The address, without a login."""

    @property
    def with_login(self) -> str:
        """The address, with the login."""
        return self.server.replace("://", f"://{NAME}:{QUOTED}@")

    @contextmanager
    def serving(self, address: str = "127.0.0.1") -> Iterator["Web"]:
        """Serve meanwhile."""
        server = ThreadingHTTPServer((address, 0), _handler(self))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.server = f"http://{address}:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _handler(web: Web) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            web.shown.append(dict(self.headers))
            if web.moved:
                self.send_response(web.code)
                self.send_header("Location", web.moved + self.path)
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif self.headers.get("Authorization") != BASIC:
                self.send_response(401)
                self.send_header("WWW-Authenticate", "Basic")
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self._send(*_answer(web, self.command, self.path, dict(self.headers), body))

        do_POST = do_GET  # noqa: N815 - http.server's name

        def _send(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        @override
        def log_message(self, format: str, *words: object) -> None:
            pass

    return Handler


Answer = tuple[int, dict[str, str], bytes]


def _answer(web: Web, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
    if path.endswith("/info/lfs/objects/batch"):
        objects = [_large(web, one) for one in json.loads(body)["objects"]]
        kind = {"Content-Type": "application/vnd.git-lfs+json"}
        return 200, kind, json.dumps({"transfer": "basic", "objects": objects}).encode()
    if path.startswith("/large/"):
        return 200, {}, web.large.contents[path.removeprefix("/large/")]
    return _by_git(web, method, path, headers, body)


def _large(web: Web, one: dict[str, object]) -> dict[str, object]:
    if one["oid"] not in web.large.contents:
        return {**one, "error": {"code": 404, "message": f"not with {TOKEN}"}}
    return {**one, "actions": {"download": {"href": f"{web.server}/large/{one['oid']}"}}}


def _by_git(web: Web, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
    path, _, query = path.partition("?")
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_HTTP_EXPORT_ALL": "1",
        "REMOTE_USER": "x",
        "GIT_PROJECT_ROOT": str(web.folder),
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_METHOD": method,
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "HTTP_CONTENT_ENCODING": headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": headers.get("Git-Protocol", ""),
        "GIT_CONFIG_GLOBAL": str(web.folder / "server.config"),
    }
    command = ["git", "http-backend"]
    done = subprocess.run(command, input=body, env=environment, capture_output=True, check=False)
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
    status = int(lines.pop("Status", "200").split()[0])
    return status, lines, content
