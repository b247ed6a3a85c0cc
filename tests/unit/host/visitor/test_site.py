"""How an app and its site are asked on the host: as a visitor would, by what is published."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from changeover.host.certificate.x509 import make
from changeover.host.visitor import request as requests
from changeover.host.visitor.answer import NoAnswer, get
from changeover.host.visitor.site import Site, cookie, past_nginx, through_nginx
from tests.unit.answering import Answering, answering

PLAIN = "server {\n    listen 80;\n    server_name play.example www.play.example;\n}\n"
SECURED = "server {\n    server_name play.example;\n    ssl_certificate /x/fullchain.pem;\n}\n"
BEHIND = "map $x $co_scheme_playmaker {\n    default https;\n}\n" + PLAIN


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(
        "play.example", "http", "/run/app", str(tmp_path / "play.conf"), str(tmp_path / "tls")
    )


def publish(site: Site, text: str | None) -> None:
    if text is not None:
        Path(site.site_enabled).write_text(text)


@pytest.mark.parametrize(
    ("text", "wanted", "scheme"),
    [
        (PLAIN, "http", "http"),
        (SECURED, "https", "https"),
        (BEHIND, "https", "https"),
        # what visitors get counts, and not what is wanted
        (PLAIN, "https", "http"),
        (SECURED, "http", "https"),
        # as long as nobody gets anything, what is wanted
        (None, "http", "http"),
        (None, "https", "https"),
    ],
)
def test_an_app_is_told_what_nginx_tells_it_of_a_visitor(
    site: Site, text: str | None, wanted: str, scheme: str
) -> None:
    publish(site, text)

    asked = past_nginx(site._replace(scheme=wanted), "/a")

    assert (asked.path, asked.socket, asked.certificate) == ("/a", "/run/app", "")
    assert asked.headers == {
        "Host": "play.example",
        "Accept": "*/*",
        "User-Agent": "Changeover",
        "X-Forwarded-Host": "play.example",
        "X-Forwarded-Proto": scheme,
        "X-Forwarded-For": "127.0.0.1",
        "X-Real-IP": "127.0.0.1",
    }


@pytest.mark.parametrize(
    ("names", "name"),
    [
        ("old.example www.old.example", "old.example"),
        ("old.example play.example", "play.example"),
        ("*.old.example old.example", "old.example"),
        ("*.old.example", "play.example"),
        ("", "play.example"),
    ],
)
def test_an_app_is_asked_by_a_name_that_is_published(site: Site, names: str, name: str) -> None:
    publish(site, PLAIN.replace("play.example www.play.example", names))

    headers = past_nginx(site, "/").headers

    assert (headers["Host"], headers["X-Forwarded-Host"]) == (name, name)


def test_a_site_is_asked_by_http_unless_it_has_a_certificate(site: Site) -> None:
    asked = through_nginx(site, "/")
    assert (asked.socket, asked.certificate, asked.headers["Host"]) == ("", "", "play.example")

    publish(site, SECURED)
    assert through_nginx(site, "/").certificate == f"{site.certificate}/fullchain.pem"


def test_what_nginx_tells_is_not_told_to_nginx(site: Site) -> None:
    assert not [name for name in through_nginx(site, "/").headers if name.startswith("X-")]


@pytest.fixture
def secured(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Answering]:
    """Serve by https, where the host's own nginx would."""
    publish(site, SECURED)
    folder = Path(site.certificate)
    folder.mkdir()
    make(["play.example"], folder)
    with answering(folder) as server:
        monkeypatch.setattr(requests, "_HTTPS", server.port)
        yield server


def test_a_self_signed_certificate_is_good_where_it_is_the_one_in_place(
    site: Site, secured: Answering
) -> None:
    assert get(through_nginx(site, "/"), 9, 99).body == b"well"
    assert secured.headers[0]["Host"] == "play.example"


@pytest.mark.usefixtures("secured")
def test_what_follows_the_first_certificate_of_a_file_is_not_asked(site: Site) -> None:
    file = Path(site.certificate, "fullchain.pem")
    file.write_text(file.read_text() * 2)

    assert get(through_nginx(site, "/"), 9, 99).body == b"well"


def test_another_certificate_is_named_and_told_nothing(site: Site, secured: Answering) -> None:
    make(["play.example"], Path(site.certificate))

    with pytest.raises(NoAnswer, match="nginx shows another certificate than"):
        get(through_nginx(site, "/", "changeover_bypass_play=a-secret"), 9, 99)
    assert secured.heard in ([], [""])


def test_a_cookie_leads_past_a_closed_page_alone(tmp_path: Path) -> None:
    flag, bypass = tmp_path / "maintenance", tmp_path / "bypass.conf"
    bypass.write_text('# the way past\n"a-secret" 1;\n')

    assert cookie(str(flag), str(bypass), "play") == ""
    flag.touch()
    assert cookie(str(flag), str(bypass), "play") == "changeover_bypass_play=a-secret"
    bypass.write_text("")
    assert cookie(str(flag), str(bypass), "play") == ""
