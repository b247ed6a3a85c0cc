"""Visitors come by https, with a certificate that is good for a while yet."""

import hashlib
import json
import time
from http.client import HTTPConnection
from typing import Any

import pytest

from changeover.checks.carriers import Carrier
from changeover.plans import tls
from changeover.plans.snapshot import Certificate


def fits(carrier: Carrier) -> bool:
    """Tell whether the site is one by https."""
    return carrier.values.tls != tls.OFF


def _told(carrier: Carrier) -> dict[str, Any]:
    """Return what the host tells of the certificate in place."""
    places = ("--folder", carrier.paths.certificates, "--lineage", carrier.paths.lineage)
    program = "/usr/local/lib/changeover/certificate look %s %s %s %s"
    return dict(json.loads(carrier.output(program, *places)))


def _names(carrier: Carrier) -> set[str]:
    return {name.lower() for name in (carrier.values.domain, *carrier.values.aliases)}


def test_the_certificate_is_the_one_that_is_wanted(carrier: Carrier) -> None:
    told = _told(carrier)
    kind, names = told["kind"], set(told.get("names") or ())
    wrong = told.get("damage") or told["problem"] or "nothing more is known"
    assert kind == carrier.values.tls, f"it is {kind}, not {carrier.values.tls}: {wrong}"
    assert names == _names(carrier), f"it is for {sorted(names)}, not {sorted(_names(carrier))}"
    assert told["problem"] is None, told["problem"]


def test_the_certificate_is_good_for_a_while(carrier: Carrier) -> None:
    told = _told(carrier)
    keys = ("kind", "directory", "names", "begins", "ends", "due")
    found = Certificate(**{key: told[key] for key in keys})
    left = found.ends - time.time()
    assert left > tls.warn_seconds(found), f"it ends in {left / 86400:.1f} days"


def test_visitors_are_shown_it_by_every_name(carrier: Carrier) -> None:
    command = "openssl x509 -in %s -noout -fingerprint -sha256"
    wanted = carrier.output(command, f"{carrier.paths.certificate}/fullchain.pem")
    for name in _names(carrier):
        with carrier.secured(name) as secured:
            shown = secured.getpeercert(binary_form=True) or b""
        digest = hashlib.sha256(shown).hexdigest().upper()
        same = wanted.rpartition("=")[2].replace(":", "") == digest
        assert same, f"{name} shows another certificate than {carrier.paths.certificate} has"


def test_it_is_renewed_by_itself(carrier: Carrier) -> None:
    told = _told(carrier)
    if carrier.values.tls != tls.ACME:
        pytest.skip("nobody renews a self-signed certificate")
    renews, directory = told["renews"], told["directory"]
    assert renews == directory, f"certbot renews it from {renews or 'nowhere'}, not {directory}"
    for state in ("enabled", "running"):
        timer = carrier.host.service("certbot.timer")
        assert getattr(timer, f"is_{state}"), f"certbot.timer is not {state}"


def test_its_key_is_private(carrier: Carrier) -> None:
    file = carrier.host.file(f"{carrier.paths.certificate}/privkey.pem")
    found = f"{file.user} {file.mode:04o}"
    assert found == "root 0600", f"its key is {found} instead of root 0600"


def test_plain_http_leads_to_https(carrier: Carrier) -> None:
    connection = HTTPConnection(carrier.address, timeout=15)
    connection.request("GET", "/a?b=c", headers={"Host": carrier.values.domain})
    answer = connection.getresponse()
    connection.close()
    found = f"{answer.status} {answer.headers['Location']}"
    wanted = f"308 https://{carrier.values.domain}/a?b=c"
    assert found == wanted, f"http answers {found} instead of {wanted}"
