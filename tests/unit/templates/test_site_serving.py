"""An open site: files, the app behind it, and the headers of every kind of answer."""

import os
import socket
import threading
from pathlib import Path

import pytest

from tests.unit.templates import upstream
from tests.unit.templates.upstream import App
from tests.unit.templates.web import Answer, Web

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
DOWN = "stories.example"  # its app is not there


def _is_guarded(answer: Answer, policy: str = "default-src 'self'") -> bool:
    sent = {name: answer.headers.get(name) for name in HEADERS}
    return (
        sent == HEADERS
        and answer.headers["content-security-policy"].startswith(policy)
        and answer.headers["server"] == "nginx"
    )


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/assets/main-1a2b.js", 200),
        ("/assets/none.js", 404),
        ("/api/items", 200),
        ("/api/own503", 503),
        ("/api", 301),
        ("/.env", 404),
    ],
)
def test_every_answer_has_the_security_headers(web: Web, path: str, status: int) -> None:
    answer = web.ask(path)
    assert answer.status == status
    assert _is_guarded(answer)


def test_refusals_and_errors_have_the_security_headers(web: Web) -> None:
    with web.closed("play"):
        assert _is_guarded(web.ask("/api/items"), "default-src 'none'; style-src")
    assert _is_guarded(web.ask("/api/die"), "default-src 'none'; style-src")
    assert _is_guarded(web.ask("/", "POST"))
    large = web.ask("/api/items", "POST", body=b"x" * (1024 * 1024 + 1))
    assert large.status == 413
    assert _is_guarded(large)


def test_a_redirect_keeps_the_scheme_and_port_of_the_client(web: Web) -> None:
    assert web.ask("/api").headers["location"] == "/api/"


@pytest.mark.parametrize("path", ["/", "/index.html", "/playlists/17", "/app.js", "/.well-known/x"])
def test_pages_are_asked_for_anew(web: Web, path: str) -> None:
    answer = web.ask(path)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-cache")


def test_unknown_paths_get_the_front_end(web: Web) -> None:
    answer = web.ask("/playlists/17")
    assert answer.body == b"this is index.html"
    assert answer.headers["content-type"] == "text/html"


def test_assets_are_cached_for_ever_but_a_missing_one_is_not(web: Web) -> None:
    found, missing = web.ask("/assets/main-1a2b.js"), web.ask("/assets/old-9f.js")
    assert found.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert missing.status == 404
    assert "cache-control" not in missing.headers


@pytest.mark.parametrize(
    "path",
    ["/.env", "/%2eenv", "/.git/config", "/assets/.git/config", "/api/.env", "/media/.env"],
)
def test_dot_files_are_not_found(web: Web, path: str, play: App) -> None:
    before = len(play.seen)
    assert web.ask(path).status == 404
    assert len(play.seen) == before


def test_uploads_are_served_without_their_scripts(web: Web) -> None:
    answer = web.ask("/media/app.js")
    assert answer.body == b"this is app.js"
    assert _is_guarded(answer, "default-src 'none'; sandbox")
    assert web.ask("/media../play.sock").body == b"this is index.html"


def test_a_link_in_what_is_served_leads_nowhere(web: Web) -> None:
    secret = web.root / "secret.txt"
    secret.write_text("another app's")
    if os.geteuid() == 0:
        os.chown(secret, 65534, 65534)
    for prefix, folder in (("/", "dist"), ("/assets/", "dist/assets"), ("/media/", "uploads")):
        (web.root / folder / "stolen.txt").symlink_to(secret)
        assert b"another" not in web.ask(f"{prefix}stolen.txt").body, prefix
    assert web.ask("/media/stolen.txt").status == 403


def test_the_app_learns_who_asks(web: Web) -> None:
    spoofed = {"X_Forwarded_For": "6.6.6.6", "X_Forwarded_Proto": "https", "Proxy": "http://evil"}
    seen = web.ask("/api/items?q=%20a", "PUT", body=b"12345", **spoofed).json
    assert (seen["path"], seen["body"]) == ("/api/items?q=%20a", 5)
    assert seen["version"] == "HTTP/1.1"
    headers = seen["headers"]
    assert headers["Host"] == "play.example"
    assert headers["X-Real-IP"] == headers["X-Forwarded-For"] == "127.0.0.1"
    assert headers["X-Forwarded-Proto"] == "http"
    assert headers["Connection"] == "close"
    assert not {"Upgrade", "Proxy"} & set(headers)


PROXY = "127.0.0.3"


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_believed_proxy_says_who_asks_and_how(web: Web, scheme: str) -> None:
    path = "6.6.6.6, 203.0.113.7"
    asked = web.ask("/api/items", source=PROXY, X_Forwarded_For=path, X_Forwarded_Proto=scheme)
    headers = asked.json["headers"]
    assert headers["X-Real-IP"] == headers["X-Forwarded-For"] == "203.0.113.7"
    assert headers["X-Forwarded-Proto"] == scheme


def test_a_proxy_is_believed_no_further_than_it_goes(web: Web) -> None:
    nobody = web.ask("/api/items", source=PROXY, X_Forwarded_Proto="https").json
    assert nobody["headers"]["X-Forwarded-Proto"] == "http"
    odd = web.ask("/api/items", source=PROXY, X_Forwarded_For="6.6.6.6", X_Forwarded_Proto="x").json
    assert odd["headers"]["X-Forwarded-Proto"] == "http"


def test_a_file_that_was_replaced_is_seen_at_once(web: Web, folder: Path) -> None:
    file = folder / "dist" / "assets" / "main-1a2b.js"
    before = file.read_bytes()
    for content in (b"another, and longer", before):
        assert web.ask("/assets/main-1a2b.js").body != content
        new = folder / "new.js"
        new.write_bytes(content)
        new.rename(file)
        assert web.ask("/assets/main-1a2b.js").body == content


def test_web_sockets_are_passed_both_ways(web: Web) -> None:
    head = (
        b"GET /api/socket HTTP/1.1\r\nHost: play.example\r\n"
        b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    )
    received = b""
    with socket.create_connection(("127.0.0.1", web.port), 2) as client:
        client.sendall(head + b"hello")
        while chunk := client.recv(4096):
            received += chunk
    assert received.startswith(b"HTTP/1.1 101 ")
    assert received.endswith(b"echo hello")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_request_is_never_sent_twice(web: Web, play: App, method: str) -> None:
    path = f"/api/die/{method}"
    assert web.ask(path, method, body=b"{}").status == 502
    assert play.seen.count(f"{method} {path}") == 1


def test_an_app_that_does_not_answer_has_a_page(web: Web) -> None:
    answer = web.ask("/", host=DOWN)
    assert (answer.status, answer.headers["retry-after"]) == (502, "5")
    assert answer.headers["cache-control"] == "no-store"
    assert b"<h1>The site is not answering</h1>" in answer.body
    assert b"nginx" not in answer.body


def test_an_app_that_does_not_answer_has_json(web: Web) -> None:
    answer = web.ask("/api/items", "POST", body=b"{}", host=DOWN)
    assert (answer.status, answer.json["error"]) == (502, "unavailable")
    assert str(answer.json["retry_after"]) == answer.headers["retry-after"]


def test_the_apps_own_refusal_is_passed_on(web: Web) -> None:
    answer = web.ask("/api/own503")
    assert (answer.status, answer.json["path"]) == (503, "/api/own503")
    assert "retry-after" not in answer.headers


def test_requests_wait_in_the_backlog_while_the_app_restarts(web: Web, folder: Path) -> None:
    with upstream.App(folder / "stories.sock") as app:  # it listens, and nobody accepts yet
        answers: list[Answer] = []
        client = threading.Thread(target=lambda: answers.append(web.ask("/x", host=DOWN)))
        client.start()
        client.join(0.1)
        assert not answers
        app.handle_request()
        client.join(30)
    (folder / "stories.sock").unlink()
    assert [answer.status for answer in answers] == [200]
