"""What apps need otherwise: their own headers, larger ones, more time, a file of the operator's."""

import http.client
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from changeover.plans.site_text import DEFAULT_POLICY, Site
from tests.unit.templates import upstream
from tests.unit.templates.upstream import App
from tests.unit.templates.web import Web, free_port

OURS = {
    "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "content-security-policy": DEFAULT_POLICY,
}
THEIRS = {
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
    "permissions-policy": "geolocation=(self)",
    "content-security-policy": "default-src 'self'; script-src 'nonce-1'",
}
UPGRADE = (
    b"GET /socket HTTP/1.1\r\nHost: play.example\r\n"
    b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with upstream.running(tmp_path / "app.sock") as made:
        yield made


@pytest.fixture
def site_of(app: App) -> Site:
    return Site("play", ("play.example",), f"unix:{app.server_address!s}")


def serving(folder: Path, site: Site) -> Web:
    """Return a web that serves another site by default: what counts is what the app's own says."""
    web = Web(folder, free_port())
    web.add(Site("aaa", ("aaa.example",), "127.0.0.1:1"))
    web.add(site)
    return web


def sent(web: Web, path: str = "/") -> list[tuple[str, str]]:
    """Return the security headers of an answer, each as often as it is there."""
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
    connection.request("GET", path, headers={"Host": "play.example"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return sorted((name.lower(), v) for name, v in answer.getheaders() if name.lower() in OURS)


@pytest.mark.parametrize("name", OURS)
def test_the_apps_own_header_wins_and_the_others_are_ours(
    tmp_path: Path, app: App, site_of: Site, name: str
) -> None:
    app.headers["/"] = [(name, THEIRS[name])]

    with (web := serving(tmp_path, site_of)).running():
        assert sent(web) == sorted((OURS | {name: THEIRS[name]}).items())


def test_two_policies_of_the_app_both_hold(tmp_path: Path, app: App, site_of: Site) -> None:
    name = "content-security-policy"
    both = [(name, "default-src 'self'"), (name, THEIRS[name])]
    app.headers["/"] = both

    with (web := serving(tmp_path, site_of)).running():
        found = [one for one in sent(web) if one[0] == name]

    assert found == sorted(both)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"frame_options": "SAMEORIGIN"}, {"x-frame-options": "SAMEORIGIN"}),
        ({"referrer_policy": "no-referrer"}, {"referrer-policy": "no-referrer"}),
        ({"permissions_policy": "usb=()"}, {"permissions-policy": "usb=()"}),
        ({"frame_options": ""}, {"x-frame-options": None}),
        ({"referrer_policy": ""}, {"referrer-policy": None}),
        ({"permissions_policy": ""}, {"permissions-policy": None}),
        ({"content_security_policy": ""}, {"content-security-policy": None}),
    ],
)
def test_what_is_ours_can_be_another_or_none(
    tmp_path: Path, app: App, site_of: Site, change: dict[str, Any], expected: dict[str, str | None]
) -> None:
    app.headers["/own"] = list(THEIRS.items())
    wanted = {name: value for name, value in (OURS | expected).items() if value is not None}

    with (web := serving(tmp_path, replace(site_of, **change))).running():
        assert sent(web) == sorted(wanted.items())
        assert sent(web, "/own") == sorted(THEIRS.items())


def test_what_an_app_began_to_say_changes_nothing_of_the_page_in_its_place(
    tmp_path: Path, app: App, site_of: Site
) -> None:
    app.headers["/"] = [("x-frame-options", "SAMEORIGIN"), ("x-large", "x" * 100_000)]

    with (web := serving(tmp_path, site_of)).running():
        answer = web.ask("/")

    assert answer.status == 502
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src")


@pytest.mark.parametrize(
    ("limit", "length", "taken"),
    [("16k", 15_000, True), ("16k", 17_000, False), ("64k", 60_000, True), ("4k", 5_000, False)],
)
def test_headers_may_be_so_large(
    tmp_path: Path, app: App, site_of: Site, limit: str, length: int, *, taken: bool
) -> None:
    app.headers["/answer"] = [("Set-Cookie", "x" * length)]

    with (web := serving(tmp_path, replace(site_of, header_limit=limit))).running():
        asked = web.ask("/asked", Cookie="x" * length)
        answered = web.ask("/answer")

    assert asked.status == (200 if taken else 400)
    assert answered.status == (200 if taken else 502)


def upgraded(web: Web) -> bytes:
    """Return what came over a web socket until it ended."""
    received = b""
    with socket.create_connection(("127.0.0.1", web.port), 30) as client:
        client.sendall(UPGRADE + b"hello")
        while chunk := client.recv(4096):
            received += chunk
    return received


def test_a_web_socket_may_be_silent_for_longer_than_an_answer(
    tmp_path: Path, app: App, site_of: Site
) -> None:
    app.silence = 2.5
    site = replace(site_of, read_timeout_seconds=1, websocket_timeout_seconds=60)

    with (web := serving(tmp_path, site)).running():
        received = upgraded(web)
        silent = web.ask("/")

    assert received.startswith(b"HTTP/1.1 101 ")
    assert received.endswith(b"echo hello")
    assert silent.status == 504


def test_a_web_socket_ends_in_time_too(tmp_path: Path, app: App, site_of: Site) -> None:
    app.silence = 60  # longer than the test waits

    with (web := serving(tmp_path, replace(site_of, websocket_timeout_seconds=1))).running():
        received = upgraded(web)

    assert received.startswith(b"HTTP/1.1 101 ")
    assert b"echo" not in received


def test_a_closed_site_upgrades_nothing(tmp_path: Path, app: App, site_of: Site) -> None:
    with (web := serving(tmp_path, site_of)).running(), web.closed("play"):
        received = upgraded(web)

    assert received.startswith(b"HTTP/1.1 503 ")
    assert app.seen == []


INCLUDED = """\
location = /own {
    return 200 "it is {mine}";
}
add_header X-Mine yes always;
"""


def test_a_file_of_the_operators_is_a_part_of_the_site(tmp_path: Path, site_of: Site) -> None:
    web = Web(tmp_path, free_port())
    web.add(replace(site_of, include="0123456789abcdef"), own=INCLUDED)

    with web.running():
        own, all_else = web.ask("/own"), web.ask("/")

    assert (own.status, own.body) == (200, b"it is {mine}")
    assert all_else.headers["x-mine"] == "yes"
    assert all_else.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    "own", ["}\nserver {\n", "nonsense on;\n", "location / {}\n", "proxy_pass"]
)
def test_nginx_refuses_a_file_that_is_none(tmp_path: Path, site_of: Site, own: str) -> None:
    web = Web(tmp_path, free_port())
    web.add(replace(site_of, include="0123456789abcdef"), own=own)

    checked = web.check()

    assert checked.returncode != 0
    assert "play-0123456789abcdef.conf:" in checked.stderr
