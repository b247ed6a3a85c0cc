"""What pages answer: status, redirect, text and time; all that is wrong is named."""

import contextlib
import http.server
import socketserver
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from changeover.host.expect import pages as expect_pages
from changeover.host.visitor import request as requests
from changeover.host.visitor.site import Site
from tests.unit.answering import answering, answering_by_socket
from tests.unit.host.expecting import expect

PAGE = {"status": 200, "redirects_to": None, "contains": None, "max_ms": 2000}


class Answers(http.server.BaseHTTPRequestHandler):
    """An app: some pages, one of which is slow at first and one always."""

    counts: dict[str, int] = {}  # noqa: RUF012 - one server at a time

    def do_GET(self) -> None:
        count = self.counts[self.path] = self.counts.get(self.path, 0) + 1
        if self.path == "/slow":
            time.sleep(0.4)
        elif self.path == "/slow-at-first" and count == 1:
            time.sleep(3)
        status, location, body = {
            "/login": (302, "/accounts/login/?next=/login", ""),
            "/away": (307, "https://accounts.example/authorize?state=secret", ""),
            "/here": (302, "http://play.example/accounts/login/", ""),
            "/who": (200, "", f"{self.headers['Host']} {self.headers['Cookie']}"),
        }.get(self.path, (200, "", "well"))
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body.encode())
        while self.path == "/endless":
            try:
                self.wfile.write(b"x" * 1_000_000)
            except OSError:
                break

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass

    @override
    def address_string(self) -> str:
        return "unix"


@pytest.fixture
def socket(tmp_path: Path) -> Iterator[Path]:
    """Serve the app on a socket of its own."""
    Answers.counts = {}
    path = tmp_path / "app.sock"
    with socketserver.ThreadingUnixStreamServer(str(path), Answers) as server:
        threading.Thread(target=server.serve_forever, args=[0.02]).start()
        yield path
        server.shutdown()


def site(socket: Path) -> Site:
    """Return the app's site, which is not published."""
    return Site("play.example", "http", str(socket), str(socket.parent / "none.conf"), "")


def ask(socket: Path, **page: Any) -> list[str]:
    """Return what is wrong with one page."""
    asked = {"pages": [{**PAGE, **page}], "site": site(socket)._asdict(), "app": "play"}
    flags = {"maintenance": str(socket.parent / "flag"), "bypass": str(socket.parent / "bypass")}
    return expect({"pages": asked | flags}, "observe")


@pytest.mark.parametrize(
    "page",
    [
        {"path": "/", "contains": "well"},
        {"path": "/login", "status": [200, 302], "redirects_to": "/accounts/login/"},
        {"path": "/login", "status": 302, "redirects_to": "/accounts/login/?next=/login"},
        {"path": "/away", "status": 307, "redirects_to": "https://accounts.example/authorize"},
        {"path": "/here", "status": 302, "redirects_to": "/accounts/login/"},
        {"path": "/slow-at-first", "max_ms": 2500},
    ],
    ids=str,
)
def test_what_is_as_expected_is_not_mentioned(socket: Path, page: dict[str, Any]) -> None:
    assert ask(socket, **page) == []


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (
            {"path": "/endless", "contains": "ill", "max_ms": 20_000},
            "no whole answer within 10 s (it is larger than 16 MiB)",
        ),
        ({"path": "/", "status": [301, 302]}, "expected status 301 or 302, found 200"),
        ({"path": "/", "contains": "ill"}, "expected the text 'ill', it is not in the 4 letters"),
        (
            {"path": "/login", "status": 302, "redirects_to": "/other/"},
            "expected a redirect to /other/, found /accounts/login/",
        ),
        (
            {"path": "/login", "status": 302, "redirects_to": "/accounts/login/?next=/x"},
            "expected a redirect to /accounts/login/?next=/x, found /accounts/login/",
        ),
        (
            {"path": "/away", "status": 307, "redirects_to": "/authorize"},
            "expected a redirect to /authorize, found https://accounts.example/authorize",
        ),
        ({"path": "/", "redirects_to": "/x"}, "expected a redirect to /x, found none"),
        (
            {"path": "/slow", "max_ms": 200},
            "expected an answer within 200 ms, the best of 3 took ",
        ),
    ],
)
def test_what_is_not_as_expected_is_named(socket: Path, page: dict[str, Any], said: str) -> None:
    (found,) = ask(socket, **page)

    assert found.startswith(f"page {page['path']}: {said}")


def test_all_that_is_wrong_with_a_page_is_said(socket: Path) -> None:
    (found,) = ask(socket, path="/slow", status=201, contains="ill", max_ms=100)

    assert found.count("; ") == 2


def test_the_site_is_asked_where_one_is_published_with_what_leads_past_a_closed_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = site(tmp_path / "app.sock")
    Path(published.site_enabled).write_text("server {}\n")
    with answering() as nginx:
        monkeypatch.setattr(requests, "_HTTP", nginx.port)
        found = expect_pages.failures(published, "name=a-secret", [{**PAGE, "path": "/"}])

    assert found == []
    assert {one["Cookie"] for one in nginx.headers} == {"name=a-secret"}
    assert not [name for name in nginx.headers[0] if name.startswith("X-")]


def test_a_redirect_to_what_is_no_address_leads_nowhere() -> None:
    with answering_by_socket() as app:
        app.speak = lambda one: one.sendall(b"HTTP/1.0 302 X\r\nLocation: http://[x\r\n\r\n")
        (found,) = ask(Path(app.path), path="/", status=302, redirects_to="/")

    assert found == "page /: expected a redirect to /, found http://[x"


def test_an_app_that_does_not_answer_is_named(tmp_path: Path) -> None:
    (found,) = ask(tmp_path / "none.sock", path="/")

    assert found.startswith("page /: no whole answer within 10 s (")


class Endless(Answers):
    """An app that never comes to the end of what it says."""

    @override
    def do_GET(self) -> None:
        with contextlib.suppress(OSError):
            self.wfile.write(b"HTTP/1.0 200 OK\r\n" + (b"" if self.path == "/heads" else b"\r\n"))
            while True:
                if self.path == "/much":
                    self.wfile.write(b"x" * 65536)
                else:
                    self.wfile.write(b"X: y\r\n")
                    time.sleep(0.2)


@pytest.mark.parametrize(
    ("path", "said"),
    [("/heads", "it does not end"), ("/drops", "it does not end"), ("/much", "larger than")],
)
def test_an_answer_without_an_end_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, said: str
) -> None:
    monkeypatch.setattr(expect_pages, "_SECONDS", 0.5)
    monkeypatch.setattr(expect_pages, "_BYTES", 65536)
    where = tmp_path / "app.sock"
    with socketserver.ThreadingUnixStreamServer(str(where), Endless) as server:
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, args=[0.02]).start()
        found = list[str]()

        def ask() -> None:
            found.extend(expect_pages.failures(site(where), "", [{**PAGE, "path": path}]))

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(60)  # who waits for the end waits for ever
        server.shutdown()

    (wrong,) = found
    assert said in wrong
