"""The app itself is asked as a visitor's request arrives: by the site's name, and by its scheme."""

import http.server
import json
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from typing_extensions import override

from changeover.plans import health
from changeover.plans.observe import observe_script
from changeover.plans.probe import probe_script, question
from changeover.plans.probe_answer import parse_snapshot
from changeover.plans.settle import settle_script
from changeover.plans.snapshot import HealthAnswer
from changeover.plans.target import Target
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import DEMANDING, V2, serving, target

SOCKET = "/run/changeover/playmaker/playmaker.sock"
SITE = "/etc/nginx/sites-enabled/playmaker.conf"
WELL = {"release": V2.id, "schema": "0001"}
PLAIN = "server {\n    listen 80;\n    server_name play.example www.play.example;\n}\n"
SECURED = "server {\n    server_name play.example;\n    ssl_certificate /x/fullchain.pem;\n}\n"
BEHIND = "map $x $co_scheme_playmaker {\n    default https;\n}\n" + PLAIN


class Strict(http.server.BaseHTTPRequestHandler):
    """An app as Django is with ALLOWED_HOSTS and SECURE_SSL_REDIRECT."""

    server: "App"

    def do_GET(self) -> None:
        wrong = self.headers["Host"] != self.server.name
        insecure = self.headers["X-Forwarded-Proto"] != self.server.scheme
        self.server.seen.append(dict(self.headers.items()))
        self.send_response(400 if wrong else 301 if insecure else 200)
        self.end_headers()
        self.wfile.write(json.dumps(WELL).encode())

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass

    @override
    def address_string(self) -> str:
        return "unix"


class App(socketserver.ThreadingUnixStreamServer):
    """The app on its socket; it knows one name, and serves by one scheme."""

    daemon_threads = True
    name, scheme = "play.example", "http"
    seen: list[dict[str, str]]


@pytest.fixture
def app() -> Iterator[App]:
    """Give an app on a socket whose path is short enough to be one."""
    with TemporaryDirectory() as folder, App(f"{folder}/app", Strict) as server:
        server.seen = []
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def published(shell: Shell, site: str | None) -> None:
    """Have this site published, and nginx not answer."""
    if site:
        shell.write(SITE, site)
    shell.write("/var/lib/changeover/playmaker/.keep")
    active = "echo ActiveState=active; echo"
    shell.stub("systemctl", f"case $1 in show) {active} ;; esac")
    shell.stub("journalctl", "exit 0")
    shell.stub("nginx", "exit 1")


def to(app: App, script: str) -> str:
    """Return a script that asks this app."""
    return script.replace(SOCKET, str(app.server_address))


def probed(shell: Shell, app: App, wanted: Target) -> HealthAnswer | None:
    said = shell.probe(to(app, probe_script(question(wanted))))
    return parse_snapshot(said.splitlines()).app_health


@pytest.mark.parametrize(
    ("site", "settings", "scheme"),
    [
        (PLAIN, {}, "http"),
        (SECURED, {"tls": "acme"}, "https"),
        (BEHIND, {"proxy_https": True}, "https"),
        # what visitors get counts, and not what is wanted
        (PLAIN, {"tls": "acme"}, "http"),
        (SECURED, {}, "https"),
        # as long as nobody gets anything, what is wanted
        (None, {}, "http"),
        (None, {"tls": "self-signed"}, "https"),
        (None, {"proxy_https": True}, "https"),
    ],
)
def test_whoever_asks_the_app_does_it_as_a_visitor_does(
    shell: Shell, app: App, site: str | None, settings: dict[str, Any], scheme: str
) -> None:
    wanted = target(**settings)
    app.scheme = scheme
    published(shell, site)
    undo = to(app, settle_script(wanted, serving(target())))

    assert probed(shell, app, wanted) == HealthAnswer(200, WELL)
    settled = shell.try_(f"steps='001-service.restart'\n{undo}")

    assert (settled.returncode, settled.stderr) == (0, "")
    for told in app.seen:
        assert told["X-Forwarded-Host"] == "play.example"
        assert told["X-Forwarded-For"] == told["X-Real-IP"] == "127.0.0.1"


def test_a_release_is_healthy_when_it_answers_a_visitor(shell: Shell, app: App) -> None:
    published(shell, None)
    app.scheme = "https"
    wanted = target(tls="acme", health_timeout_seconds=1)

    well = shell.try_(to(app, health.local_script(wanted, serving(wanted))))
    app.name = "other.example"
    refused = shell.try_(to(app, health.local_script(wanted, serving(wanted))))

    assert (well.returncode, well.stderr) == (0, "")
    assert refused.returncode == 1
    assert "playmaker is not healthy after 1 s: status 400" in refused.stderr


@pytest.mark.parametrize(
    ("names", "name"),
    [
        ("old.example www.old.example", "old.example"),
        ("old.example play.example", "play.example"),
        ("*.old.example old.example", "old.example"),
        ("*.old.example", "play.example"),
    ],
)
def test_an_app_is_asked_by_a_name_that_is_published(
    shell: Shell, app: App, names: str, name: str
) -> None:
    """A release that changes the name is undone: the app of before knows only the old one."""
    app.name = name
    published(shell, PLAIN.replace("play.example www.play.example", names))
    undo = to(app, settle_script(target(), serving(target())))

    assert probed(shell, app, target()) == HealthAnswer(200, WELL)
    settled = shell.try_(f"steps='001-service.restart'\n{undo}")

    assert (settled.returncode, settled.stderr) == (0, "")


@pytest.mark.parametrize("tls", ["off", "self-signed"])
def test_pages_of_an_app_without_a_site_are_asked_for_as_they_arrive(
    shell: Shell, app: App, tls: str
) -> None:
    wanted = target(DEMANDING, tls=tls)
    app.scheme = "https" if tls != "off" else "http"
    shell.write("/var/lib/changeover/playmaker/.keep")
    shell.stub("units", "exit 0")
    shell.stub("systemctl", "printf 'NRestarts=0\\nActiveState=active\\n'")

    done = shell.try_(to(app, observe_script(wanted, replace(serving(wanted), site_enabled=None))))

    # nothing runs here, and nothing is wrong with the pages
    assert (done.returncode, done.stderr) == (1, "not as expected: nothing of the app runs\n")
    assert {told["X-Forwarded-Host"] for told in app.seen} == {"play.example"}
