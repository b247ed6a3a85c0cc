"""How the host asks its own nginx: as a visitor of the site that is published would."""

from collections.abc import Iterator

import pytest

from changeover.host.certificate.x509 import make
from changeover.plans import health, maintenance
from changeover.plans.maintenance import BY_HAND
from changeover.plans.probe import probe_script, question
from changeover.plans.probe_answer import parse_snapshot
from changeover.plans.snapshot import HealthAnswer
from tests.unit.answering import Answering, answering
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import serving, target

SITE = "/etc/nginx/sites-enabled/playmaker.conf"
CERTIFICATE = "/etc/changeover/playmaker/tls/current"


@pytest.fixture
def secured(shell: Shell) -> Iterator[Answering]:
    """Publish a site by https, and serve it."""
    shell.write("/var/lib/changeover/playmaker/.keep")
    shell.write(SITE, "server {\n    ssl_certificate /x/fullchain.pem;\n}\n")
    folder = shell.write(f"{CERTIFICATE}/.keep").parent
    make(["play.example"], folder)
    with answering(folder) as server:
        shell.listens(https=server.port)
        server.says(b"closed", "503 Service Unavailable")
        yield server


def renew(shell: Shell) -> None:
    """Put another certificate in place than the one that is shown."""
    make(["play.example"], shell / CERTIFICATE)


def test_a_site_by_https_is_asked_so(shell: Shell, secured: Answering) -> None:
    shell.run(maintenance.close_script(target(tls="acme"), BY_HAND))

    assert secured.headers[0]["Host"] == "play.example"


@pytest.mark.usefixtures("secured")
def test_a_site_that_shows_another_certificate_is_another_one(shell: Shell) -> None:
    renew(shell)
    shell.stub("systemctl", "echo active")

    done = shell.try_(maintenance.close_script(target(tls="acme"), BY_HAND))

    assert done.returncode == 1
    assert "play.example does not answer within 10 s" in done.stderr


def test_a_site_that_is_published_by_http_is_asked_so_whatever_is_wished(shell: Shell) -> None:
    shell.write("/var/lib/changeover/playmaker/.keep")
    shell.write(SITE, "server {\n    listen 80;\n}\n")
    with answering() as nginx:
        shell.listens(nginx.port)
        nginx.says(b"closed", "503 Service Unavailable")

        shell.run(maintenance.close_script(target(tls="acme"), BY_HAND))

    assert nginx.heard[0].startswith("GET / HTTP/1.1\r\nHost: play.example\r\n")


def test_health_is_asked_by_https_too(shell: Shell, secured: Answering) -> None:
    wanted = target(tls="acme", health_timeout_seconds=1)

    done = shell.try_(health.site_script(wanted, serving(wanted)))

    assert done.returncode == 1
    assert secured.heard[0].startswith("GET /api/health HTTP/1.1\r\n")
    renew(shell)
    refused = shell.try_(health.site_script(wanted, serving(wanted)))
    assert "nginx shows another certificate than" in refused.stderr


def test_a_probe_asks_by_https_too(shell: Shell, secured: Answering) -> None:
    for name in ("systemctl", "nginx", "dpkg-query", "certificate"):
        shell.stub(name, "exit 1")

    def probed() -> HealthAnswer | None:
        said = shell.probe(probe_script(question(target(tls="acme"))))
        return parse_snapshot(said.splitlines()).site_health

    assert probed() == HealthAnswer(503, {})
    assert secured.heard[0].startswith("GET /api/health HTTP/1.1\r\n")
    renew(shell)
    assert probed() == HealthAnswer(0, {})
