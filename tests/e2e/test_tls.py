"""Certificates: self-signed first, then real ones from a real ACME server, whatever that does."""

import re
import ssl
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from changeover.lab import Lab
from tests.e2e.often import first
from tests.e2e.visitors import DOMAIN, PLACE, World

pytestmark = pytest.mark.lab

ALIAS = "www.hello.lab.test"
LINEAGE = "changeover-hello"
RENEW = f"certbot renew --force-renewal --no-random-sleep-on-renew --cert-name {LINEAGE}"
BAD = ("MEDIUM", "HIGH", "CRITICAL")
# the scanner did not come to an end with it: with the session tickets of TLS 1.3, now and then
UNDECIDED = ("WARN", "FATAL")
SCANS = 3
STEP = "TLS | Get the certificate"


@pytest.fixture(scope="module")
def world(lab: Lab) -> Iterator[World]:
    """Return a host and an ACME server; the first test releases, with that server down."""
    acme = lab.start_acme()
    host = lab.up("hello")
    acme.trusted_by(host)
    acme.knows({DOMAIN: host.address})
    yield World(lab, host, acme)
    lab.down(host.name)


def test_without_an_acme_server_a_first_release_serves_with_a_self_signed_certificate(
    world: World,
) -> None:
    with world.acme.down():
        first = world.run("release")
        again = world.run("provision")

    assert first.status == 0, first.output
    assert STEP in first.steps(world.host.name)
    assert f"hello: no new certificate: {world.acme.url}: " in first.output
    assert "the self-signed one stays, of which browsers warn" in first.output
    assert again.status == 1, again.output
    assert "hello: no new certificate: " in again.output

    page = world.ask("/api/health")
    assert (page.status, page.headers["Strict-Transport-Security"]) == (200, None)
    plain = world.ask("/a/b?c=d", https=False, method="POST")
    assert (plain.status, plain.headers["Location"]) == (308, f"https://{DOMAIN}/a/b?c=d")
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
        world.connect(world.trusting())
    modes = world.host.run(f"stat -c '%a %U' {PLACE} {PLACE}/current/privkey.pem").stdout
    assert modes == "700 root\n600 root\n"
    told = world.status()
    assert "certificate: the one in place is self-signed, wanted acme" in str(told["problems"])


def test_a_real_certificate_is_issued_while_the_site_serves(world: World) -> None:
    with world.visitors() as seen:
        done = world.run("provision")

    assert done.status == 0, done.output
    assert done.steps(world.host.name) == [STEP]
    assert set(seen) == {"200"}, seen
    with world.connect(world.trusting()) as secured:
        assert secured.version() == "TLSv1.3"
    page = world.ask("/api/health")
    assert page.headers["Strict-Transport-Security"] == "max-age=63072000"
    for deploy in ("provision", "release"):
        again = world.run(deploy)
        assert (again.status, again.steps(world.host.name)) == (0, []), again.output
    told = world.status()
    assert told["problems"] == []
    assert "acme, good for 89 days" in world.run("status").output


def test_a_renewal_by_certbot_is_shown_at_once_while_the_site_serves(world: World) -> None:
    before = world.shown()

    with world.visitors() as seen:
        world.host.run(RENEW)

    assert set(seen) == {"200"}, seen
    assert world.shown() != before
    world.connect(world.trusting()).close()
    assert world.run("release").steps(world.host.name) == []


def test_a_sound_host_passes_every_check_of_its_certificate(world: World) -> None:
    found = world.checks("-k", "test_tls")

    assert found.status == 0, found.output
    assert re.search(r"\b6 passed", found.output, re.MULTILINE), found.output


SITE = "/etc/nginx/sites-available/hello.conf"


@pytest.mark.parametrize(
    ("check", "how", "back"),
    first(
        [
            (
                "is_the_one_that_is_wanted",
                f'echo \'{{"when": 1, "what": "refused"}}\' > {PLACE}/problem.json',
                f"rm {PLACE}/problem.json",
            ),
            (
                "is_renewed_by_itself",
                "systemctl stop certbot.timer",
                "systemctl start certbot.timer",
            ),
            (
                "key_is_private",
                f"chmod 644 {PLACE}/current/privkey.pem",
                f"chmod 600 {PLACE}/current/privkey.pem",
            ),
            (
                "plain_http_leads_to_https",
                f"cp {SITE} /root/site; sed -i s/308/307/ {SITE}; systemctl reload nginx",
                f"cp /root/site {SITE}; systemctl reload nginx",
            ),
        ]
    ),
)
@pytest.mark.slow
def test_each_check_of_the_certificate_can_fail(
    world: World, check: str, how: str, back: str
) -> None:
    world.host.run(f"set -e; {how}")
    try:
        found = world.checks("-k", check)
    finally:
        world.host.run(f"set -e; {back}")
    assert found.status == 1, found.output
    assert "1 failed" in found.output


@pytest.mark.slow
def test_the_checks_see_a_certificate_that_ends_soon_and_one_that_is_not_shown(
    world: World,
) -> None:
    world.host.run(f"mkdir -p /root/was && cp -a {PLACE}/current/. /root/was")
    try:
        world.plant(timedelta(days=-80), timedelta(days=2))
        soon = world.checks("-k", "is_good_for_a_while")
        hidden = world.checks("-k", "are_shown_it_by_every_name")
    finally:
        world.host.run(f"cp -a /root/was/. {PLACE}/current/")
    assert "it ends in 2.0 days" in soon.output, soon.output
    assert "1 failed" in hidden.output, hidden.output


@pytest.mark.parametrize(
    ("what", "says"),
    first([
        (
            "openssl genpkey -algorithm ec -pkeyopt ec_paramgen_curve:prime256v1"
            " -out $live/privkey.pem",
            "privkey.pem is not the key of the certificate beside it",
        ),
        (
            "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -days 9"
            " -addext subjectAltName=DNS:other.test -keyout $live/privkey.pem"
            " -out $live/fullchain.pem",
            f"the new certificate does not name {DOMAIN}",
        ),
        ("cp $live/../../archive/*/fullchain1.pem $live/fullchain.pem;"
         " cp $live/../../archive/*/privkey1.pem $live/privkey.pem",
         "the new certificate is older than the one in place"),
    ]),
    ids=["another key", "another name", "older"],
)  # fmt: skip
@pytest.mark.slow
def test_what_certbot_hands_over_is_not_shown_unless_it_is_sound(
    world: World, what: str, says: str
) -> None:
    before, live = world.shown(), f"/etc/letsencrypt/live/{LINEAGE}"
    hook = world.host.run(f"sed -n 's/^renew_hook = //p' {live}/../../renewal/{LINEAGE}.conf")

    world.host.run(f"cp -a {live} {live}.kept; rm {live}/*.pem; live={live}; "
                   f"cp -L {live}.kept/*.pem {live}/; {what}")  # fmt: skip
    try:
        refused = world.host.run(hook.stdout, check=False)
    finally:
        world.host.run(f"rm -r {live}; mv {live}.kept {live}")

    assert refused.returncode == 3
    assert says in refused.stderr
    assert world.shown() == before
    assert world.host.run("nginx -t").returncode == 0
    assert world.host.run(hook.stdout).returncode == 0
    assert world.status()["problems"] == []


@pytest.mark.slow
def test_a_name_that_is_refused_leaves_the_certificate_and_a_later_run_gets_it(
    world: World,
) -> None:
    before = world.shown()

    refused = world.run("release", aliases=[ALIAS])

    assert refused.status == 0, refused.output
    assert f"hello: no new certificate: {world.acme.url}: " in refused.output
    assert f"Domain: {ALIAS}" in refused.output
    assert "the one in place stays, it is good for 89 days" in refused.output
    assert world.shown() == before
    assert world.ask("/api/health").status == 200

    world.acme.knows({DOMAIN: world.host.address, ALIAS: world.host.address})
    got = world.run("release", aliases=[ALIAS])
    assert got.steps(world.host.name) == [STEP], got.output
    for name in (DOMAIN, ALIAS):
        world.connect(world.trusting(), name).close()
    assert world.run("release", aliases=[ALIAS]).steps(world.host.name) == []


@pytest.mark.slow
def test_challenges_are_answered_while_the_site_is_closed(world: World) -> None:
    folder = "/var/lib/changeover/acme/.well-known/acme-challenge"
    world.host.run(f"echo word > {folder}/token; touch /var/lib/changeover/hello/maintenance")
    try:
        challenge = world.ask("/.well-known/acme-challenge/token", https=False)
        assert (challenge.status, challenge.body) == (200, "word\n")
        assert world.ask("/").status == 503
        assert world.ask("/", https=False).status == 308
        world.host.run(RENEW)
    finally:
        world.host.run(f"rm {folder}/token /var/lib/changeover/hello/maintenance")


@pytest.mark.parametrize(
    ("what", "steps"),
    first(
        [
            (f"ln -sfnT certificates/gone {PLACE}/current", ["Site | Publish the site", STEP]),
            (f"echo > {PLACE}/current/privkey.pem", ["Site | Publish the site", STEP]),
            ("systemctl disable --now certbot.timer", [STEP]),
            (
                f"rm -r /etc/letsencrypt/live/{LINEAGE} /etc/letsencrypt/renewal/{LINEAGE}.conf",
                [STEP],
            ),
        ]
    ),
    ids=["the link", "the key", "the timer", "what certbot keeps"],
)
@pytest.mark.slow
def test_what_was_done_by_hand_is_put_right(world: World, what: str, steps: list[str]) -> None:
    world.host.run(what)

    healed = world.run("release", aliases=[ALIAS])

    done = [step for step in healed.steps(world.host.name) if not step.startswith("Health")]
    assert [step for step in done if step != "Changeover | Commit"] == steps, healed.output
    world.connect(world.trusting()).close()
    assert world.run("release", aliases=[ALIAS]).steps(world.host.name) == []


@pytest.mark.slow
def test_an_acme_server_that_does_not_answer_is_given_up(world: World) -> None:
    before = world.shown()

    with world.acme.frozen(), world.visitors() as seen:
        began = time.monotonic()
        slow = world.run("release", aliases=[f"slow.{DOMAIN}"])
        took = time.monotonic() - began

    assert slow.status == 0, slow.output
    assert "hello: no new certificate: " in slow.output
    assert took < 240
    assert set(seen) == {"200"}, seen
    assert world.shown() == before


@pytest.mark.slow
def test_testssl_finds_nothing_of_medium_or_worse(world: World) -> None:
    world.run("release")
    for _ in range(SCANS):
        found = world.scanned()
        assert [one for one in found if one["severity"] in BAD] == []
        undecided = [one for one in found if one["severity"] in UNDECIDED]
        if not undecided:
            break

    assert {"TLS1_3", "HSTS_time", "BREACH", "heartbleed", "cert_trust"} <= {f["id"] for f in found}
    assert undecided == []
    # what the scanner asks without a name, and so without a handshake
    asked = f"openssl s_client -tls1_2 -connect {world.host.address}:443 -servername {DOMAIN}"
    told = world.acme.host.run(f"{asked} < /dev/null 2>&1").stdout
    assert "Secure Renegotiation IS supported" in told
