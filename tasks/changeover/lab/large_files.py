"""A Git LFS server, which has what it was given."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from typing_extensions import override

KEY = "lent"


def pointer(content: bytes) -> str:
    """Return what a commit has in the place of a content."""
    oid = hashlib.sha256(content).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n"


@dataclass
class LargeFiles:
    """What the server has, and what it was asked."""

    contents: dict[str, bytes] = field(default_factory=dict)
    """By SHA-256."""
    asked: list[str] = field(default_factory=list)
    login: str = ""
    """What one may show in the place of the key, in http's own form."""
    url: str = ""
    """Where it is served."""

    def keep(self, content: bytes) -> str:
        """Keep a content; return its pointer."""
        self.contents[hashlib.sha256(content).hexdigest()] = content
        return pointer(content)

    @contextmanager
    def serving(self, address: str = "127.0.0.1") -> Iterator[str]:
        """Serve meanwhile; give what ``git-lfs-authenticate`` says of the server."""
        server = ThreadingHTTPServer((address, 0), _handler(self))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.url = f"http://{address}:{server.server_port}/x"
        try:
            yield json.dumps({"href": self.url, "header": {"X-Key": KEY}})
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _handler(files: LargeFiles) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            files.asked.append(f"batch {len(asked['objects'])}")
            shown = self.headers.get("X-Key"), self.headers.get("Authorization")
            if KEY not in shown and files.login not in shown:
                self.send_error(401)
                return
            answers = [self._answer(one) for one in asked["objects"]]
            self._send(json.dumps({"transfer": "basic", "objects": answers}).encode())

        def _answer(self, one: dict[str, object]) -> dict[str, object]:
            href = f"http://{self.headers['Host']}/{one['oid']}"
            if one["oid"] in files.contents:
                return {**one, "actions": {"download": {"href": href}}}
            return {**one, "error": {"code": 404, "message": "Object does not exist"}}

        def do_GET(self) -> None:
            files.asked.append("content")
            self._send(files.contents[self.path[1:]])

        def _send(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/vnd.git-lfs+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *words: object) -> None:
            pass

    return Handler
