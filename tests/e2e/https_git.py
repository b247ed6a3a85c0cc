"""A git server by https that asks for a login, as hosted ones do: git's program behind TLS."""

import os
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from typing_extensions import override

BACKEND = ("git", "http-backend")


@dataclass
class HttpsGit:
    """What one server has, and what it was shown."""

    folder: Path
    """Its repositories."""
    certificate: Path
    """Its key and the certificate for its address, in one file."""
    login: str = ""
    """What it lets in, in http's own form; "" lets everybody in."""
    shown: list[str | None] = field(default_factory=list)
    """The Authorization of each request."""

    @contextmanager
    def serving(self, address: str) -> Iterator[str]:
        """Serve meanwhile; give ``HOST:PORT``."""
        server = ThreadingHTTPServer((address, 0), _handler(self))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"{address}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def certificate(folder: Path, address: str) -> Path:
    """Make a key and a certificate for an address; return the file that holds both."""
    made = folder / "server.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9"]
    command += ["-subj", "/CN=origin", "-addext", f"subjectAltName=IP:{address}"]
    command += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run(command, check=True, capture_output=True)
    parts = ((folder / name).read_text() for name in ("key.pem", "certificate.pem"))
    made.write_text("".join(parts))
    return made


def _handler(git: HttpsGit) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, body: bytes) -> None:
            shown = self.headers.get("Authorization")
            git.shown.append(shown)
            if git.login and shown != git.login:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="git"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            done = subprocess.run(
                BACKEND, input=body, env=self._environment(body), capture_output=True, check=False
            )
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
            self.send_response(int(fields.pop("Status", "200").split()[0]))
            for name, value in fields.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _environment(self, body: bytes) -> dict[str, str]:
            asked = urlsplit(self.path)
            return {
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(git.folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_COUNT": "1",  # they belong to whoever made the lab
                "GIT_CONFIG_KEY_0": "safe.directory",
                "GIT_CONFIG_VALUE_0": "*",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": asked.path,
                "QUERY_STRING": asked.query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "REMOTE_ADDR": self.client_address[0],
            }

        @override
        def log_message(self, format: str, *words: object) -> None:
            pass

    return Handler
