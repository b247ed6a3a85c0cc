"""A real nginx on a loopback port, serving rendered sites out of a temporary folder."""

import http.client
import json
import random
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from changeover.plans.site_text import PAGE_NAMES, Places, Site, render_site
from tests.unit.package import PACKAGE

PAGES = PACKAGE / "templates" / "site"

# one process, so that the user of the tests reads the temporary folder
_MAIN = """\
daemon off;
master_process off;
pid {root}/pid;
error_log {root}/error.log notice;
events {{}}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {root}/temp/body;
    proxy_temp_path {root}/temp/proxy;
    fastcgi_temp_path {root}/temp/fastcgi;
    uwsgi_temp_path {root}/temp/uwsgi;
    scgi_temp_path {root}/temp/scgi;
    # a believed proxy in front of it
    set_real_ip_from 127.0.0.3;
    real_ip_header X-Forwarded-For;
    real_ip_recursive on;
    include {root}/sites/*.conf;
}}
"""


@dataclass(frozen=True)
class Answer:
    """What a client got."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Web:
    """The temporary folder of one nginx, and its port."""

    root: Path
    port: int
    pages: Path = field(default=PAGES)

    def places(self, app: str) -> Places:
        return Places(
            listen=(f"127.0.0.1:{self.port}",),
            maintenance=str(self.root / f"{app}.maintenance"),
            bypass=str(self.root / f"{app}-bypass.conf"),
            pages=str(self.pages),
            includes=str(self.root / "includes"),
        )

    def add(self, site: Site, bypass: str = "", own: str = "") -> None:
        """Write the site's file and the files that it includes: the bypass, the operator's own."""
        places = self.places(site.app)
        Path(places.bypass).write_text(bypass)
        if site.include:
            Path(places.includes).mkdir(exist_ok=True)
            Path(places.included(site)).write_text(own)
        folder = self.root / "sites"
        folder.mkdir(exist_ok=True)
        (folder / f"{site.app}.conf").write_text(render_site(site, self.places(site.app)))

    def check(self) -> "subprocess.CompletedProcess[str]":
        """Run ``nginx -t``; notices go to the same place as errors."""
        command = [*self._command(), "-t"]
        return subprocess.run(command, check=False, capture_output=True, text=True)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run nginx until the end of the block."""
        checked = self.check()
        assert checked.returncode == 0, checked.stderr
        process = subprocess.Popen(self._command(), stderr=subprocess.DEVNULL)
        try:
            self._wait(process)
            yield
        finally:
            process.terminate()
            process.wait(30)

    def _command(self) -> list[str]:
        (self.root / "temp").mkdir(exist_ok=True)
        main = self.root / "nginx.conf"
        main.write_text(_MAIN.format(root=self.root))
        return ["nginx", "-p", str(self.root), "-e", "stderr", "-c", str(main)]

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise TimeoutError((self.root / "error.log").read_text())

    @contextmanager
    def closed(self, app: str) -> Iterator[None]:
        """Close the site, as a release does: only a file appears."""
        flag = Path(self.places(app).maintenance)
        flag.touch()
        try:
            yield
        finally:
            flag.unlink()

    def ask(
        self,
        path: str,
        method: str = "GET",
        host: str = "play.example",
        source: str = "127.0.0.1",
        body: bytes | None = None,
        **headers: str,
    ) -> Answer:
        """Send one request; ``Accept_`` and the like spell header names."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=30, source_address=(source, 0)
        )
        try:
            connection.request(method, path, body, {"Host": host, **sent})
            response = connection.getresponse()
            return Answer(response.status, _unique(response), response.read())
        finally:
            connection.close()


def _unique(response: http.client.HTTPResponse) -> dict[str, str]:
    """Return the headers; a header sent twice is a fault of the site."""
    names = [name.lower() for name, _ in response.getheaders()]
    assert len(names) == len(set(names)), response.getheaders()
    return {name.lower(): value for name, value in response.getheaders()}


def free_port() -> int:
    """
    Return a loopback port that nobody listens on.

    None of those that the kernel gives to whoever connects: one could be taken before it is used.
    """
    for port in random.sample(range(10_000, 32_000), 1000):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


def stage_pages(folder: Path) -> Path:
    """Copy the pages as an installation does, and return their folder."""
    folder.mkdir()
    for name in PAGE_NAMES:
        (folder / name).write_bytes((PAGES / name).read_bytes())
    return folder
