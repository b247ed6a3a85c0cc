"""What certificate a site has to have, when another one is needed, and what is said of it."""

from dataclasses import replace
from typing import Any

import pytest

from changeover.plans import site, tls
from changeover.plans.decision import Decision
from changeover.plans.provision.packages import needed_packages
from changeover.plans.snapshot import Certificate, Snapshot, Tls
from changeover.plans.status import StatusAnswer, report
from changeover.plans.status_text import rows
from changeover.plans.tls import Authority
from changeover.settings.host import HostSettings
from tests.unit.plans.world import NOW, serving, target

DAY = 86400
CA = Authority("https://ca.example/dir", "me@example.com")
TARGET = target(tls="acme", aliases=["www.play.example"])
REAL = Certificate(
    kind="acme",
    directory=CA.directory,
    names=("www.play.example", "play.example"),
    begins=NOW - 10 * DAY,
    ends=NOW + 80 * DAY,
    due=NOW + 50 * DAY,
)
OWN = replace(REAL, kind="self-signed", directory="", ends=NOW + 3000 * DAY, due=NOW + 2970 * DAY)
WELL = Tls(REAL, renews=CA.directory, timer=True, challenges=True)
LOST = replace(WELL, certificate=None, damage="no key", renews="")


def seen(found: Tls, wanted: Any = TARGET) -> Snapshot:
    return replace(serving(wanted), tls=found)


def decided(found: Tls, *, published: bool = False, **settings: Any) -> Decision:
    wanted = target(**{"tls": "acme", "aliases": ["www.play.example"]} | settings)
    return tls.decide(wanted, seen(found), CA, published=published)


def test_plain_http_needs_none_and_ends_a_renewal() -> None:
    assert not decided(Tls(), tls="off").needed
    assert decided(WELL, tls="off") == Decision(
        needed=True, why="a certificate is renewed that is no longer wanted"
    )


def test_a_certificate_that_is_as_wanted_stays() -> None:
    assert decided(WELL) == Decision(
        needed=False, why="the certificate of play.example is good for 80 days"
    )


@pytest.mark.parametrize(
    ("found", "settings", "why"),
    [
        (LOST, {}, "no key"),
        (replace(WELL, certificate=None), {}, "there is no certificate"),
        (replace(WELL, certificate=OWN), {}, "a certificate that is self-signed is in place"),
        (
            replace(WELL, certificate=replace(REAL, directory="https://old")),
            {},
            "the certificate is from https://old, wanted from https://ca.example/dir",
        ),
        (
            WELL,
            {"aliases": []},
            "the certificate names www.play.example play.example, wanted play.example",
        ),
        (
            replace(WELL, certificate=replace(REAL, due=NOW, ends=NOW + 29 * DAY)),
            {},
            "the certificate is good for 29 days only",
        ),
        (
            replace(WELL, certificate=replace(REAL, loaded=False)),
            {},
            "nginx was not seen to show the certificate",
        ),
        (replace(WELL, timer=False), {}, "nobody renews the certificate"),
        (replace(WELL, renews=""), {}, "nobody renews the certificate"),
    ],
)
def test_what_is_wrong_is_the_reason_for_another(
    found: Tls, settings: dict[str, Any], why: str
) -> None:
    assert decided(found, **settings) == Decision(needed=True, why=why)


def test_names_are_one_whatever_their_case_and_order() -> None:
    assert not decided(WELL, aliases=["WWW.play.example", "play.example"]).needed


def test_nobody_is_asked_before_nginx_shows_challenges() -> None:
    none = Tls(timer=True)

    assert decided(none).why.endswith("the next release publishes the site and gets one")
    assert not decided(none).needed
    assert decided(none, published=True).needed
    assert decided(replace(none, challenges=True)).needed


def test_a_self_signed_one_comes_with_the_site_and_is_renewed_in_time() -> None:
    own = Tls(OWN)

    assert not decided(own, tls="self-signed").needed
    assert not decided(Tls(), tls="self-signed").needed
    assert decided(Tls(), tls="self-signed", published=True).needed
    assert decided(Tls(replace(OWN, due=NOW)), tls="self-signed").needed
    assert decided(replace(WELL, renews=""), tls="self-signed").needed
    assert decided(own, tls="self-signed", aliases=[]).needed


@pytest.mark.parametrize(
    ("found", "kind", "makes"),
    [
        (Tls(), "off", False),
        (Tls(), "acme", True),
        (WELL, "acme", False),
        (Tls(OWN), "acme", False),
        (Tls(replace(OWN, names=("x.example",))), "acme", True),
        (Tls(replace(REAL, names=("x.example",))), "acme", False),
        (WELL, "self-signed", True),
        (Tls(OWN), "self-signed", False),
    ],
)
def test_an_undo_puts_the_link_back_where_publishing_switches_it(
    found: Tls, kind: str, makes: bool
) -> None:
    wanted = target(tls=kind, aliases=["www.play.example"])

    saved = site.undo(wanted, seen(found)).save

    assert ("/etc/changeover/playmaker/tls/current" in saved) is makes


def test_a_site_without_its_certificate_is_published_again() -> None:
    whole = serving(TARGET)

    assert site.decide(TARGET, replace(whole, tls=LOST)).why == "no key"
    assert site.decide(TARGET, replace(whole, tls=Tls())).why == "its certificate is missing"
    assert not site.decide(TARGET, replace(whole, tls=WELL)).needed
    assert not site.decide(target(), serving(target())).needed


def test_the_authority_is_lets_encrypt_by_its_two_names_or_another_by_its_url() -> None:
    def found(name: str) -> Authority:
        return tls.authority(HostSettings(acme_directory=name, acme_email="me@example.com"))

    assert found("production").directory == "https://acme-v02.api.letsencrypt.org/directory"
    assert found("staging").directory == "https://acme-staging-v02.api.letsencrypt.org/directory"
    assert [found(name).trusted for name in ("production", "staging", "https://ca")] == [
        *(True, False, True)
    ]
    assert found("https://ca.example/dir") == CA


def test_scripts_are_told_all_names_and_whether_browsers_believe() -> None:
    text = tls.certificate_script(TARGET, CA)
    staging = tls.certificate_script(TARGET, replace(CA, trusted=False))

    for line in (
        *("tls=acme", "names=(play.example www.play.example)", "email=me@example.com"),
        *("directory=https://ca.example/dir", "lineage=changeover-playmaker", "trusted=yes"),
    ):
        assert f"\n{line}\n" in text
    assert "\ntrusted=''\n" in staging
    assert "\ntls=''\n" in site.publish_script(target())
    assert "\ntls=acme\n" in site.publish_script(TARGET)


def test_packages_come_with_what_needs_them() -> None:
    extra = {
        kind: set(needed_packages(target(tls=kind))) - set(needed_packages(target()))
        for kind in ("off", "self-signed", "acme")
    }

    assert extra == {"off": set(), "self-signed": {"openssl"}, "acme": {"certbot", "openssl"}}


def test_what_could_not_be_had_is_said_with_what_stays() -> None:
    tried = "https://ca.example/dir: refused"

    def said(found: Tls) -> str:
        return tls.problem(TARGET, seen(replace(found, problem=tried)), CA)

    begins = f"playmaker: no new certificate: {tried}; "
    assert said(replace(WELL, certificate=OWN)) == (
        f"{begins}the self-signed one stays, of which browsers warn"
    )
    assert said(replace(WELL, certificate=replace(REAL, due=NOW))) == (
        f"{begins}the one in place stays, it is good for 80 days"
    )
    assert said(replace(WELL, certificate=None)) == f"{begins}there is none"
    assert said(WELL) == "", "an old trouble, of which nothing is left"
    assert tls.problem(TARGET, seen(replace(WELL, certificate=OWN)), CA) == ""


def told(found: Tls, wanted: Any = TARGET) -> tuple[str | None, list[str]]:
    """Return the line about the certificate, and the problems of it."""
    known = report(wanted, StatusAnswer(seen(found, wanted), 1, {"version": "v"}), "v")
    return dict(rows(known)).get("tls"), known["problems"]


def test_the_status_tells_how_long_the_certificate_is_good() -> None:
    short = replace(REAL, begins=NOW - 70 * DAY, ends=NOW + 20 * DAY, due=NOW - 10 * DAY)

    assert told(Tls(), target()) == (None, [])
    assert told(WELL) == ("acme, good for 80 days, for www.play.example play.example", [])
    line, problems = told(replace(WELL, certificate=short, problem="refused"))
    assert line == "acme, good for 20 days, for www.play.example play.example"
    assert problems == ["certificate: good for 20 days only", "certificate: refused"]
    assert told(replace(WELL, certificate=replace(REAL, ends=NOW - 2 * DAY)))[0] == (
        "acme, ENDED 2 days ago, for www.play.example play.example"
    )
    assert told(Tls(OWN))[1] == [
        "certificate: the one in place is self-signed, wanted acme",
    ]
    assert told(LOST) == ("no certificate yet", ["certificate: no key; release again"])


def test_a_short_certificate_is_looked_at_later() -> None:
    week = replace(REAL, begins=NOW, ends=NOW + 8 * DAY, due=NOW + 5 * DAY)

    assert tls.warn_seconds(week) == 2 * DAY
    assert told(replace(WELL, certificate=week))[1] == []
