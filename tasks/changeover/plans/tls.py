"""The certificate of an app's site: what it has to be, and what is wrong with the one in place."""

from dataclasses import dataclass

from changeover.plans.decision import Decision, done, todo
from changeover.plans.paths import ACME_WEBROOT, PROGRAMS
from changeover.plans.script import Variable, script
from changeover.plans.snapshot import Certificate, Snapshot
from changeover.plans.target import Target
from changeover.settings.host import HostSettings

OFF, SELF_SIGNED, ACME = "off", "self-signed", "acme"
WARN_DAYS = 21
"""So long before its end somebody has to look: certbot would have renewed it nine days ago."""
LETS_ENCRYPT = {
    "production": "https://acme-v02.api.letsencrypt.org/directory",
    "staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
}
_DAY = 86400


@dataclass(frozen=True)
class Authority:
    """Who certifies the host's sites."""

    directory: str
    """URL of its ACME directory."""
    email: str = ""
    trusted: bool = True
    """Browsers believe it, so they may be told to come by https only."""


def authority(settings: HostSettings) -> Authority:
    """Return who certifies a host's sites."""
    name = settings.acme_directory
    url = LETS_ENCRYPT.get(name, name)
    return Authority(url, settings.acme_email or "", trusted=name != "staging")


def names(target: Target) -> list[str]:
    """Return the names of the site, the first one first."""
    return list(dict.fromkeys(n.lower() for n in (target.values.domain, *target.values.aliases)))


def scheme(target: Target) -> str:
    """Return by which scheme visitors come to the site that the app should have."""
    values = target.values
    return "https" if values.tls != OFF or values.proxy_https else "http"


def decide(
    target: Target, snapshot: Snapshot, authority: Authority | None, *, published: bool
) -> Decision:
    """
    Decide whether another certificate is needed.

    ``published`` tells that this run publishes the site before, which then shows challenges.
    """
    kind, found = target.values.tls, snapshot.tls.certificate
    if kind != ACME and snapshot.tls.renews:
        return todo("a certificate is renewed that is no longer wanted")
    if kind == OFF:
        return done("the site is plain http")
    wrong = _wrong(target, snapshot, authority)
    if wrong and kind == ACME and not (published or snapshot.tls.challenges):
        return done(f"{wrong}; the next release publishes the site and gets one")
    if wrong and kind == SELF_SIGNED and found is None and not published:
        return done("the next release publishes the site and makes one")
    if wrong or found is None:
        return todo(wrong)
    return done(f"the certificate of {target.values.domain} is good for {days(found, snapshot)}")


def _wrong(target: Target, snapshot: Snapshot, authority: Authority | None) -> str:
    """Return what is wrong with the certificate in place, "" if nothing is."""
    found, kind = snapshot.tls.certificate, target.values.tls
    if found is None:
        return snapshot.tls.damage or "there is no certificate"
    if found.kind != kind:
        return f"a certificate that is {found.kind} is in place"
    if authority and kind == ACME and found.directory != authority.directory:
        return f"the certificate is from {found.directory}, wanted from {authority.directory}"
    if set(found.names) != set(names(target)):
        return f"the certificate names {' '.join(found.names)}, wanted {' '.join(names(target))}"
    if snapshot.clock >= found.due:
        return f"the certificate is good for {days(found, snapshot)} only"
    if not found.loaded:
        return "nginx was not seen to show the certificate"
    if kind == ACME and not (snapshot.tls.renews and snapshot.tls.timer):
        return "nobody renews the certificate"
    return ""


def days(found: Certificate, snapshot: Snapshot) -> str:
    """Return how long a certificate is good."""
    left = (found.ends - snapshot.clock) // _DAY
    return f"{max(left, 0)} day{'' if left == 1 else 's'}"


def needs_own(target: Target, snapshot: Snapshot) -> bool:
    """Tell whether publishing the site makes a self-signed certificate first."""
    kind, found = target.values.tls, snapshot.tls.certificate
    if kind == OFF:
        return False
    if found is None or found.kind == ACME:
        return found is None or kind == SELF_SIGNED
    return snapshot.clock >= found.due or set(found.names) != set(names(target))


def certificate_script(target: Target, authority: Authority | None) -> str:
    """Return the script that has the wanted certificate, or says why not and leaves the old one."""
    return script(
        "tls/certificate",
        functions=(),
        **variables(target),
        lineage=target.paths.lineage,
        site_enabled=target.paths.site_enabled,
        directory=authority.directory if authority else "",
        email=authority.email if authority else "",
        trusted="yes" if authority and authority.trusted else "",
    )


def variables(target: Target) -> dict[str, Variable]:
    """Return the variables of scripts that see to the certificate of a site."""
    kind = target.values.tls
    return {
        "tls": "" if kind == OFF else kind,
        "names": names(target),
        "programs": PROGRAMS,
        "certificates": target.paths.certificates,
        "webroot": ACME_WEBROOT,
    }


def problems(target: Target, snapshot: Snapshot) -> list[str]:
    """Return what a person has to look at, of a site that was published."""
    kind, found = target.values.tls, snapshot.tls.certificate
    if kind == OFF or snapshot.site_enabled is None:
        return []
    if found is None:
        return [f"certificate: {snapshot.tls.damage or 'there is none'}; release again"]
    wrong = []
    if found.kind != kind:
        wrong.append(f"certificate: the one in place is {found.kind}, wanted {kind}")
    if found.ends - snapshot.clock < warn_seconds(found):
        wrong.append(f"certificate: good for {days(found, snapshot)} only")
    if (wrong or snapshot.clock >= found.due) and snapshot.tls.problem:
        wrong.append(f"certificate: {snapshot.tls.problem}")
    return wrong


def warn_seconds(found: Certificate) -> float:
    """Return how long before its end somebody has to look: of a short one, less."""
    return min(WARN_DAYS * _DAY, (found.ends - found.begins) / 4)


def problem(target: Target, snapshot: Snapshot, authority: Authority | None) -> str:
    """Return why the certificate is not as wanted although somebody tried, "" where it is."""
    wanted = decide(target, snapshot, authority, published=False)
    if not (wanted.needed and snapshot.tls.problem):
        return ""
    return f"{target.app.name}: no new certificate: {snapshot.tls.problem}; {_stays(snapshot)}"


def _stays(snapshot: Snapshot) -> str:
    found = snapshot.tls.certificate
    if found is None:
        return "there is none"
    if found.kind == SELF_SIGNED:
        return "the self-signed one stays, of which browsers warn"
    return f"the one in place stays, it is good for {days(found, snapshot)}"
