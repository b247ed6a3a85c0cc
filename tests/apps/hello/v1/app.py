"""Says hello, on the socket systemd hands over or on a port of its own.

Usage: python app.py [PORT]
"""

import json
import os
import signal
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FIRST_SYSTEMD_FD = 3
REVISION = Path("REVISION")
# Read at start: it names the code that runs, not what lies on the disk later.
RELEASE = REVISION.read_text(encoding="utf-8").strip() if REVISION.exists() else "development"
TEXT = f"{os.environ.get('GREETING', 'hello')}, world\n"
HEALTH = json.dumps({"status": "ok", "release": RELEASE, "schema": None})
PAGES = {"/": ("text/plain", TEXT), "/api/health": ("application/json", HEALTH)}


class Handler(BaseHTTPRequestHandler):
    """Answers from PAGES."""

    timeout = 2  # a silent client must not hold up the end of the server for long

    def do_GET(self) -> None:
        """Answer a request."""
        if self.path not in PAGES:
            self.send_error(404)
            return
        content_type, text = PAGES[self.path]
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{content_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        """The client's address; over a UNIX socket there is none."""
        return super().address_string() if self.client_address else "-"


class Server(ThreadingHTTPServer):
    """Lets requests under way finish before it ends."""

    daemon_threads = False


def listen(arguments: list[str]) -> Server:
    """The server, on its socket."""
    if "LISTEN_FDS" not in os.environ:
        return Server(("127.0.0.1", int(arguments[0]) if arguments else 8000), Handler)
    server = Server(("", 0), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = socket.socket(fileno=FIRST_SYSTEMD_FD)
    return server


def main() -> None:
    """Serve until SIGTERM."""
    with listen(sys.argv[1:]) as server:
        # shutdown() waits for serve_forever(), which this very thread runs.
        stop = threading.Thread(target=server.shutdown)
        signal.signal(signal.SIGTERM, lambda *_: stop.start())
        server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
