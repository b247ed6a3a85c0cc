"""Visitors of a site by https, on a host whose certificates come from the lab's ACME server."""

import json
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPMessage

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat
from cryptography.x509.oid import NameOID

from changeover.lab import Lab, LabHost
from changeover.lab.acme import Acme
from changeover.lab.inventory import CHANGES
from tests.e2e.releases import Run, checks, pyinfra

DOMAIN = "hello.lab.test"
PLACE = "/etc/changeover/hello/tls"
_MANY = 50
UNTRUSTED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
UNTRUSTED.check_hostname, UNTRUSTED.verify_mode = False, ssl.CERT_NONE
# what testssl says, and is none of the site's
NOT_OURS = {
    "engine_problem": "what the scanner's own openssl lacks",
    "cert_revocation": "pebble's certificates name no list of those that were revoked",
}
# it is asked without a name, and then there is no handshake at all
NAMELESS = {"id": "secure_renego", "severity": "WARN"}


@dataclass(frozen=True)
class Answer:
    """What a visitor got."""

    status: int
    headers: HTTPMessage
    body: str


@dataclass(frozen=True)
class World:
    """A host with a site, and who certifies it."""

    lab: Lab
    host: LabHost
    acme: Acme

    def run(self, deploy: str, *options: str, **data: object) -> Run:
        """Run a deploy file with the app's settings; ``data`` is added, without the app's name."""
        with self._asking(data):
            return pyinfra(self.lab, deploy, "--limit", self.host.name, *options)

    def checks(self, *options: str) -> Run:
        """Run the checks that users run after a deploy, with the app's settings."""
        with self._asking({}):
            return checks(self.lab, self.host, *options)

    @contextmanager
    def _asking(self, data: Mapping[str, object]) -> Iterator[None]:
        wanted = {"domain": DOMAIN, "ref": "v1", "tls": "acme", **data}
        changes = {f"hello_{key}": value for key, value in wanted.items()}
        changes |= {"host_acme_directory": self.acme.url}
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(CHANGES, json.dumps(changes))
            yield

    def connect(self, context: ssl.SSLContext, name: str = DOMAIN) -> ssl.SSLSocket:
        """Return a connection by https, as a visitor makes it."""
        plain = socket.create_connection((self.host.address, 443), timeout=10)
        return context.wrap_socket(plain, server_hostname=name)

    def shown(self) -> bytes:
        """Return the certificate that visitors are shown."""
        with self.connect(UNTRUSTED) as secured:
            return secured.getpeercert(binary_form=True) or b""

    def trusting(self) -> ssl.SSLContext:
        """Return the context of a visitor who trusts the ACME server."""
        return ssl.create_default_context(cadata=self.acme.root())

    def ask(
        self, path: str, *, https: bool = True, name: str = DOMAIN, method: str = "GET"
    ) -> Answer:
        """Return what a visitor gets, who trusts the certificate blindly."""
        connection = HTTPConnection(self.host.address, timeout=10)
        if https:
            connection.sock = self.connect(UNTRUSTED, name)
        with closing(connection):
            connection.request(method, path, headers={"Host": name})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode())

    @contextmanager
    def visitors(self) -> Iterator[Counter[str]]:
        """Let people ask by https, each time over a new connection; count what they get."""
        seen: Counter[str] = Counter()
        stop = threading.Event()

        def visit() -> None:
            while not stop.is_set():
                try:
                    seen[str(self.ask("/api/health").status)] += 1
                except Exception as error:
                    seen[repr(error)] += 1

        people = [threading.Thread(target=visit) for _ in range(3)]
        for person in people:
            person.start()
        try:
            yield seen
            time.sleep(1)
            assert sum(seen.values()) > _MANY, seen
        finally:
            stop.set()
            for person in people:
                person.join()

    def plant(self, begins: timedelta, ends: timedelta) -> None:
        """Put another certificate where nginx would find it, with times relative to now."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "planted")])
        now = datetime.now(UTC)
        planted = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now + begins)
            .not_valid_after(now + ends)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(DOMAIN)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        plain = serialization.NoEncryption()
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, plain).decode()
        chain = planted.public_bytes(Encoding.PEM).decode()
        self.host.run(f"cat > {PLACE}/current/privkey.pem", text=private)
        self.host.run(f"cat > {PLACE}/current/fullchain.pem", text=chain)

    def scanned(self) -> list[dict[str, str]]:
        """Return what testssl says of the site, as a visitor who trusts the ACME server."""
        judge = self.acme.host
        judge.run("cat > /root/root.pem; rm -f /root/found.json", text=self.acme.root())
        judge.run(
            "testssl --quiet --color 0 --add-ca /root/root.pem --jsonfile /root/found.json"
            f" --ip {self.host.address} -p -s -f -P -S -h -U {DOMAIN}",
            check=False,
        )
        found = json.loads(judge.run("cat /root/found.json").stdout)
        ours = [one for one in found if one["id"] not in NOT_OURS]
        return [one for one in ours if {key: one[key] for key in NAMELESS} != NAMELESS]

    def status(self) -> dict[str, object]:
        """Return what deploys/status.py tells of the app."""
        told = self.run("status", "--data", "json=true").output
        document = json.loads(told[told.index('{\n  "hosts"') : told.rindex("}") + 1])
        (app,) = document["hosts"][0]["apps"]
        return dict(app)
