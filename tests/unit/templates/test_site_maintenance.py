"""A closed site: who gets what, and who gets past."""

import socket

import pytest

from tests.unit.templates.conftest import TOKEN
from tests.unit.templates.upstream import App
from tests.unit.templates.web import Web

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PATHS = ("/", "/api/items", "/login", "/assets/main-1a2b.js", "/media/app.js", "/.env", "/no/such")


@pytest.mark.parametrize("path", [*PATHS, "/.changeover/maintenance"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_every_request_to_a_closed_site_is_refused(web: Web, path: str, method: str) -> None:
    with web.closed("play"):
        answer = web.ask(path, method, body=b"x" * 64 if method == "POST" else None)
    assert answer.status == 503
    assert answer.headers["retry-after"] == "120"
    assert answer.headers["cache-control"] == "no-store"


def test_the_flag_alone_closes_and_opens_the_site(web: Web) -> None:
    assert web.ask("/").status == 200
    with web.closed("play"):
        assert web.ask("/").status == 503
    assert web.ask("/").status == 200


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_browser_gets_the_page(web: Web, method: str) -> None:
    with web.closed("play"):
        answer = web.ask("/login", method, Accept=BROWSER)
    assert answer.headers["content-type"] == "text/html"
    assert b"<h1>We are updating the site</h1>" in answer.body


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/api/items", BROWSER),
        ("/api/items?page=2", "*/*"),
        ("//api/items", "*/*"),
        ("/", "application/json"),
        ("/", "application/json, text/plain, */*"),
        ("/", "application/problem+json"),
        ("/", "application/json, text/html;q=0.5"),
    ],
)
def test_a_program_gets_json(web: Web, path: str, accept: str) -> None:
    with web.closed("play"):
        answer = web.ask(path, "POST", body=b"{}", Accept=accept)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json["error"] == "maintenance"
    assert answer.json["message"]
    assert str(answer.json["retry_after"]) == answer.headers["retry-after"]


def test_html_is_preferred_where_it_is_named_first(web: Web) -> None:
    with web.closed("play"):
        answer = web.ask("/", Accept="text/html, application/json")
    assert answer.headers["content-type"] == "text/html"


def test_head_gets_the_headers_only(web: Web) -> None:
    with web.closed("play"):
        answer = web.ask("/", "HEAD")
    assert (answer.status, answer.body) == (503, b"")


def test_nothing_reaches_the_app(web: Web, play: App) -> None:
    before = len(play.seen)
    with web.closed("play"):
        web.ask("/api/items", "POST", body=b"{}")
        web.ask("/login")
    assert len(play.seen) == before


def test_the_refusal_does_not_wait_for_the_body(web: Web) -> None:
    head = b"POST /api/x HTTP/1.1\r\nHost: play.example\r\nContent-Length: 99999999\r\n\r\n"
    with web.closed("play"), socket.create_connection(("127.0.0.1", web.port), 2) as client:
        client.sendall(head)
        assert client.recv(4096).startswith(b"HTTP/1.1 503 ")


def test_a_cached_copy_or_a_range_is_refused_all_the_same(web: Web) -> None:
    with web.closed("play"):
        first = web.ask("/")
        since = "Fri, 01 Jan 2100 00:00:00 GMT"
        again = web.ask("/", If_Modified_Since=since, If_None_Match="*", Range="bytes=0-1")
    assert (again.status, again.body) == (503, first.body)


def test_the_cookie_lets_an_operator_past(web: Web) -> None:
    with web.closed("play"):
        answer = web.ask("/api/items", "POST", body=b"{}", Cookie=f"changeover_bypass_play={TOKEN}")
        page = web.ask("/", Cookie=f"a=b; changeover_bypass_play={TOKEN}; c=d")
    assert (answer.status, answer.json["path"]) == (200, "/api/items")
    assert page.body == b"this is index.html"


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "changeover_bypass_play",
        "changeover_bypass_play=",
        "changeover_bypass_play=1",
        "changeover_bypass_play=default",
        f"changeover_bypass_play={TOKEN[:-1]}",
        f"changeover_bypass_play={TOKEN}0",
        f"changeover_bypass_stories={TOKEN}",
        f"bypass={TOKEN}",
    ],
)
def test_any_other_cookie_does_not(web: Web, cookie: str) -> None:
    with web.closed("play"):
        assert web.ask("/", Cookie=cookie).status == 503


def test_an_address_lets_an_operator_past(web: Web) -> None:
    with web.closed("play"):
        assert web.ask("/", source="127.0.0.2").status == 200
        assert web.ask("/", source="127.0.0.3").status == 503
        assert web.ask("/", X_Forwarded_For="127.0.0.2").status == 503


def test_an_empty_bypass_file_lets_nobody_past(web: Web) -> None:
    with web.closed("stories"):
        cookie = "changeover_bypass_stories="
        assert web.ask("/", host="stories.example", Cookie=cookie).status == 503
        assert web.ask("/", host="stories.example").status == 503


def test_each_app_is_closed_alone(web: Web) -> None:
    with web.closed("stories"):
        assert web.ask("/").status == 200
        assert web.ask("/", host="stories.example").status == 503


def test_the_status_stays_when_the_page_is_missing(web: Web) -> None:
    page = web.pages / "maintenance.html"
    text = page.read_bytes()
    page.unlink()
    try:
        with web.closed("play"):
            answer = web.ask("/")
    finally:
        page.write_bytes(text)
    assert (answer.status, answer.headers["retry-after"]) == (503, "120")
