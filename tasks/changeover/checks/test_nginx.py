"""The site in front of the app is sound."""

import pytest

from changeover.checks.carriers import Carrier
from changeover.checks.opened import opened

HEADERS = {
    "X-Content-Type-Options": None,
    "X-Frame-Options": "frame_options",
    "Referrer-Policy": "referrer_policy",
    "Content-Security-Policy": "content_security_policy",
}
"""Each with what of the deploy file's ``Site`` may take it away."""


def test_the_configuration_is_valid(carrier: Carrier) -> None:
    result = carrier.host.run("nginx -t")
    assert result.rc == 0, result.stderr


def test_nginx_runs_at_boot_too(carrier: Carrier) -> None:
    assert carrier.host.service("nginx").is_running, "nginx does not run"
    assert carrier.host.service("nginx").is_enabled, "nginx does not start at boot"


def test_the_site_is_open(carrier: Carrier) -> None:
    assert not carrier.host.file(carrier.paths.maintenance).exists, "the site is closed"
    wrong = opened(carrier.app, carrier.ask("/").status)
    assert not wrong, wrong


@pytest.mark.parametrize("header", HEADERS)
def test_every_answer_has_the_security_header(carrier: Carrier, header: str) -> None:
    setting = HEADERS[header]
    if setting and getattr(carrier.app.site, setting) == "":
        pytest.skip(f"the deploy file has {setting}=''")
    for path in ("/", carrier.app.health.path, "/no-such-page-here.txt"):
        assert carrier.ask(path).headers.get(header), f"{path} has no {header}"


def test_the_server_does_not_tell_its_version(carrier: Carrier) -> None:
    told = carrier.ask("/").headers.get("Server")
    assert told == "nginx", f"it says Server: {told}"
