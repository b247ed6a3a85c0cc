"""A host with the program ``certificate``, an nginx that shows certificates, and a certbot."""

import http.server
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from typing_extensions import override

from tests.unit.package import host_program

PROGRAM = host_program("certificate")
CA = "https://ca.example/dir"
NAMES = ("a.example", "b.example")
# what certbot does is in the file "does": issue, or words and an exit status
_CERTBOT = """
echo "$*" >> {root}/certbot.calls
while [ $# -gt 0 ]; do case $1 in
    --cert-name) name=$2 ;; --server) server=$2 ;; --config-dir) base=$2 ;; esac; shift; done
[ "$(cat {root}/does)" = issue ] || {{ . {root}/does; }}
mkdir -p "$base/live/$name" "$base/renewal" "$base/archive/$name"
cp {root}/issued/*.pem "$base/live/$name/"
echo "server = $server" > "$base/renewal/$name.conf"
"""
_SYSTEMCTL = """
case "$*" in
    *is-active*) [ ! -e {root}/stopped ] ;;
    reload*)
        echo reload >> {root}/reloads
        [ -e {root}/deaf ] || readlink -f {place}/current > {root}/shows
        ;;
esac
"""


class Files(http.server.SimpleHTTPRequestHandler):
    """Plain http: the webroot."""

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


class Host:
    """The host."""

    def __init__(self, root: Path) -> None:
        self.root, self.place = root, root / "tls"
        self.site, self.webroot = root / "site.conf", root / "webroot"
        self.letsencrypt = root / "letsencrypt"
        self.webroot.mkdir()
        self.programs = root / "bin"
        self.programs.mkdir()
        self.stub("systemctl", _SYSTEMCTL)
        self.stub("certbot", _CERTBOT)
        self.stub("nginx", "[ ! -e {root}/refuses ] || {{ echo '[emerg] no' >&2; exit 1; }}")
        self.stub("mount", 'echo "$*" >> {root}/mounts')
        self.stub("unshare", 'shift 2; exec "$@"')
        self.does("issue")
        self._plain = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), partial(Files, directory=str(self.webroot))
        )
        self._secure = socket.create_server(("127.0.0.1", 0))
        self.port = self._secure.getsockname()[1]

    @contextmanager
    def running(self) -> Iterator["Host"]:
        """Run its nginx."""
        threading.Thread(target=self._plain.serve_forever, args=[0.02]).start()
        threading.Thread(target=self._show, daemon=True).start()
        try:
            yield self
        finally:
            self._plain.shutdown()
            self._plain.server_close()
            self._secure.shutdown(socket.SHUT_RDWR)
            self._secure.close()

    def _show(self) -> None:
        while True:
            try:
                client, _ = self._secure.accept()
            except OSError:
                return
            try:
                folder = Path((self.root / "shows").read_text().strip())
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(folder / "fullchain.pem", folder / "privkey.pem")
                context.wrap_socket(client, server_side=True).close()
            except OSError:
                client.close()

    def stub(self, name: str, body: str) -> None:
        """Put a command before the system's."""
        path = self.programs / name
        path.write_text("#!/bin/sh\n" + body.format(root=self.root, place=self.place))
        path.chmod(0o755)

    def does(self, what: str) -> None:
        """Say what certbot will do."""
        (self.root / "does").write_text(what)

    def publish(self) -> None:
        """Let the site show the certificate in place."""
        self.site.write_text(f"ssl_certificate {self.place}/current/fullchain.pem;\n")
        (self.root / "shows").write_text(f"{(self.place / 'current').resolve()}\n")

    def issues(self, *names: str, days: int = 90, begins: str = "") -> None:
        """Say what certbot will hand over: signed by another, as far as can be seen."""
        folder = self.root / "issued"
        folder.mkdir(exist_ok=True)
        self.openssl("req", "-x509", *_KEY, "-subj", "/CN=CA", "-days", "99",
                     "-keyout", folder / "ca.key", "-out", folder / "ca.crt")  # fmt: skip
        alternative = ",".join(f"DNS:{name}" for name in names)
        self.openssl("req", "-new", *_KEY, "-subj", "/CN=x",
                     "-addext", f"subjectAltName={alternative}",
                     "-keyout", folder / "privkey.pem", "-out", folder / "request")  # fmt: skip
        self.openssl("x509", "-req", "-in", folder / "request", "-copy_extensions", "copy",
                     "-CA", folder / "ca.crt", "-CAkey", folder / "ca.key", "-days", days,
                     "-out", folder / "fullchain.pem")  # fmt: skip
        del begins

    def openssl(self, *words: object) -> None:
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)

    def run(self, command: str, *words: object) -> "subprocess.CompletedProcess[str]":
        """Run the program."""
        places = ["--folder", self.place, "--lineage", "changeover-a", "--site", self.site]
        places += ["--port", self.port, "--letsencrypt", self.letsencrypt]
        return subprocess.run(
            [sys.executable, "-I", str(PROGRAM), command, *map(str, (*places, *words))],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={"PATH": f"{self.programs}:{os.environ['PATH']}"},
        )

    def ok(self, command: str, *words: object) -> str:
        """Run the program, which must succeed; return what it printed."""
        done = self.run(command, *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ready(self, *names: str, kind: str = "acme", load: bool = False) -> None:
        """See that a certificate is there."""
        self.ok("ready", "--kind", kind, *(["--load"] if load else []), *(names or NAMES))

    def obtain(self, *names: str, seconds: float = 20, directory: str = CA) -> str:
        """Obtain a certificate; return why there is none, "" where it came."""
        words = ["--directory", directory, "--webroot", self.webroot, "--hsts"]
        words += ["--plain-port", self._plain.server_port, "--seconds", seconds]
        done = self.run("obtain", *words, "--program", PROGRAM, *(names or NAMES))
        assert done.returncode in (0, 3), done.stderr
        assert bool(done.stderr) is (done.returncode == 3)
        return done.stderr.strip()

    def look(self) -> dict[str, Any]:
        """Return what the program tells."""
        return dict(json.loads(self.ok("look")))

    def lines(self, name: str) -> list[str]:
        """Return what a stub noted."""
        path = self.root / name
        return path.read_text().splitlines() if path.exists() else []


_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
