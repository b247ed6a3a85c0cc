"""Pages of a site by https, which is held to the certificate in place, whoever signed it."""

import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from changeover.host.certificate.x509 import make
from changeover.host.expect import pages as expect_pages
from tests.unit.host.certificate.certifying import Files

PAGE = {
    "path": "/", "status": 200, "redirects_to": None, "contains": "Directory", "max_ms": 9000
}  # fmt: skip


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Serve by https, where the host's own nginx would; return the certificate."""
    make(["play.example"], tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "fullchain.pem", tmp_path / "privkey.pem")
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Files, directory=str(tmp_path / "empty"))
    )
    (tmp_path / "empty").mkdir()
    server.socket = context.wrap_socket(server.socket, server_side=True)
    connect, asked = socket.create_connection, server.server_address

    def to_server(address: tuple[str, int], timeout: float) -> socket.socket:
        assert address == ("127.0.0.1", 443)
        return connect((str(asked[0]), int(asked[1])), timeout)

    monkeypatch.setattr(socket, "create_connection", to_server)
    threading.Thread(target=server.serve_forever, args=[0.02]).start()
    yield tmp_path / "fullchain.pem"
    server.shutdown()
    server.server_close()


def failures(certificate: Path) -> list[str]:
    site = expect_pages.Site("play.example", None, "", str(certificate))
    return expect_pages.failures(site, [PAGE])


def test_a_self_signed_certificate_is_good_where_it_is_the_one_in_place(certificate: Path) -> None:
    assert failures(certificate) == []


def test_what_follows_the_first_certificate_of_a_file_is_not_asked(certificate: Path) -> None:
    with certificate.open("a") as file:
        file.write(certificate.read_text())

    assert failures(certificate) == []


@pytest.mark.usefixtures("certificate")
def test_another_certificate_is_named(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    make(["play.example"], other)

    (found,) = failures(other / "fullchain.pem")

    assert "nginx shows another certificate than" in found
