"""A site by https: what port 80 still does, what browsers are told, what the app is told."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import pytest
from typing_extensions import override

from changeover.host.certificate.store import Store
from changeover.host.certificate.x509 import make
from changeover.plans.site_text import Places, Site, render_site
from tests.unit.templates import upstream
from tests.unit.templates.web import Answer, Web, free_port, stage_pages

pytestmark = pytest.mark.skipif(
    not shutil.which("nginx"), reason="no nginx on PATH: apt-get install nginx (it is in /usr/sbin)"
)
NAMES = ["safe.example", "www.safe.example"]
HSTS = "strict-transport-security"


class Secure(Web):
    """A web whose sites have certificates, on a port of their own."""

    secure_port = free_port()

    @override
    def places(self, app: str) -> Places:
        places = super().places(app)
        return replace(
            places,
            listen_tls=(f"127.0.0.1:{self.secure_port}",),
            certificate=str(self.root / "tls" / "current"),
            webroot=str(self.root / "webroot"),
        )

    def ask_https(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Send one request by https, to whatever certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        plain = HTTPConnection("127.0.0.1", self.secure_port, timeout=30)
        plain.connect()
        plain.sock = context.wrap_socket(plain.sock, server_hostname=NAMES[0])
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        plain.request(method, path, headers={"Host": NAMES[0], **sent})
        answer = plain.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        with plain.sock:
            return Answer(answer.status, found, answer.read())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("secure")
    store = Store(folder / "tls")
    with store.locked():
        store.switch(store.add(lambda at: make(NAMES, at), "self-signed", "", hsts=False))
    return store


@pytest.fixture(scope="module")
def web(store: Store) -> Iterator[Secure]:
    root = store.folder.parent
    with upstream.running(root / "safe.sock") as app:
        site = Secure(root, free_port(), stage_pages(root / "pages"))
        assets = root / "dist" / "assets"
        assets.mkdir(parents=True)
        (assets.parent / "index.html").write_text("<html>" + " " * 2000)
        (assets / "main.html").write_text("<html>" + " " * 2000)
        challenges = root / "webroot/.well-known/acme-challenge"
        challenges.mkdir(parents=True)
        (challenges / "token").write_text("word")
        site.add(
            Site(
                app="safe",
                server_names=tuple(NAMES),
                upstream=f"unix:{app.server_address!s}",
                static_root=str(root / "dist"),
                app_paths=("/api/",),
                tls=True,
            )
        )
        (root / "sites/0.conf").write_text("gzip on;\n")  # as Debian has it
        with site.running():
            yield site


def test_all_is_led_to_https_with_its_name_path_and_method(web: Secure) -> None:
    for name in NAMES:
        answer = web.ask("/a/b?c=d%20e", "POST", host=name)

        assert answer.status == 308
        assert answer.headers["location"] == f"https://{name}/a/b?c=d%20e"
        assert answer.headers["cache-control"] == "no-store"
        assert HSTS not in answer.headers


def test_port_80_shows_challenges_and_nothing_else_of_their_folder(web: Secure) -> None:
    token = web.ask("/.well-known/acme-challenge/token", host=NAMES[0])
    assert (token.status, token.body) == (200, b"word")
    assert web.ask("/.well-known/acme-challenge/other", host=NAMES[0]).status == 404
    assert web.ask("/.well-known/other", host=NAMES[0]).status == 308
    assert web.ask("/.well-known/acme-challenge/../../../dist/index.html").status in (308, 400)
    with web.closed("safe"):
        assert web.ask("/.well-known/acme-challenge/token", host=NAMES[0]).body == b"word"


def test_a_closed_site_is_closed_by_https_too(web: Secure) -> None:
    with web.closed("safe"):
        for method in ("GET", "POST", "DELETE"):
            assert web.ask_https("/api/items", method).status == 503
            assert web.ask("/api/items", method, host=NAMES[0]).status == 308
    assert web.ask_https("/").status == 200


def test_the_app_is_told_that_it_was_asked_by_https(web: Secure) -> None:
    told = web.ask_https("/api/x", X_Forwarded_Proto="http").json["headers"]

    assert {value for name, value in told.items() if name.lower() == "x-forwarded-proto"} == {
        "https"
    }


def test_nothing_is_promised_with_a_self_signed_certificate(web: Secure) -> None:
    for path in ("/", "/assets/main.html", "/api/x", "/.hidden"):
        assert HSTS not in web.ask_https(path).headers


def test_nothing_is_compressed_by_what_nginx_does_elsewhere(web: Secure) -> None:
    for path in ("/", "/index.html", "/assets/main.html"):
        assert "content-encoding" not in web.ask_https(path, Accept_Encoding="gzip").headers


def test_a_real_certificate_promises_two_years_on_every_answer(
    store: Store, web: Secure, tmp_path: Path
) -> None:
    now = store.link.resolve()
    with store.locked():
        store.switch(store.add(lambda at: make(NAMES, at), "acme", "https://ca", hsts=True))
    beside = Secure(tmp_path, free_port(), web.pages)
    beside.secure_port = free_port()
    (tmp_path / "tls").symlink_to(store.folder)
    beside.add(Site("safe", tuple(NAMES), static_root=str(web.root / "dist"), tls=True))
    try:
        with beside.running():
            for path in ("/", "/assets/main.html", "/no/such.txt", "/.hidden"):
                assert beside.ask_https(path).headers[HSTS] == "max-age=63072000", path
            with beside.closed("safe"):
                closed = beside.ask_https("/")
            assert (closed.status, closed.headers[HSTS]) == (503, "max-age=63072000")
    finally:
        store.switch(now)


@pytest.mark.parametrize(
    ("word", "speaks"), [("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)]
)
def test_only_versions_that_are_safe_are_spoken(web: Secure, word: str, speaks: bool) -> None:
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{web.secure_port}", word]
    command += ["-cipher", "ALL:@SECLEVEL=0"] if word != "-tls1_3" else []
    command += ["-servername", NAMES[0], "-alpn", "h2,http/1.1"]
    done = subprocess.run(command, input=b"", capture_output=True, check=False)

    assert (b"ALPN protocol: h2" in done.stdout) is speaks, done.stderr


def test_without_tls_nothing_of_it_is_said() -> None:
    text = render_site(Site("safe", tuple(NAMES), "127.0.0.1:3000"))

    for word in ("443", "ssl", "acme", "hsts", "Strict-Transport", "gzip", "return 308"):
        assert word not in text
