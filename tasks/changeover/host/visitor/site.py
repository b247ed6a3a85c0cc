"""
How a visitor's request comes to an app: through the host's own nginx, or past it.

What asks an app on its host asks it in one of these two ways, so that the app cannot tell it from
a visitor. What is published counts, and not what a release wants: the app of before knows no other
name.
"""

import re
from pathlib import Path
from typing import NamedTuple

from .request import Request

_CERTIFICATE = re.compile(r"^ *ssl_certificate ", re.MULTILINE)
_BEHIND_HTTPS = re.compile(r"^ *default https;", re.MULTILINE)
_NAMES = re.compile(r"^ *server_name (.*);$", re.MULTILINE)
_BYPASS = re.compile(r'^"([^"]+)"', re.MULTILINE)


class Site(NamedTuple):
    """A site, and the app behind it."""

    domain: str
    scheme: str
    """By which visitors shall come; as long as nothing is published, the app is told this."""
    socket: str
    """Where the app listens: a path, or ``ADDRESS:PORT``."""
    site_enabled: str
    """nginx's file of the site, where one is published."""
    certificate: str
    """The folder of its certificate."""


def published(site: Site) -> str | None:
    """Return nginx's file of the site, None where nothing is published."""
    try:
        return Path(site.site_enabled).read_bytes().decode("utf-8", "replace")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def through_nginx(site: Site, path: str, cookie: str = "", accept: str = "*/*") -> Request:
    """
    Return how the host's own nginx is asked for a path.

    By https where the site has a certificate, which may be self-signed.
    """
    headers = _headers(site.domain, accept) | ({"Cookie": cookie} if cookie else {})
    by_https = _CERTIFICATE.search(published(site) or "")
    return Request(
        path, headers, certificate=f"{site.certificate}/fullchain.pem" if by_https else ""
    )


def past_nginx(site: Site, path: str, accept: str = "*/*") -> Request:
    """Return how the app itself is asked, with all that nginx tells it (site/parts.j2)."""
    name, scheme, enabled = site.domain, site.scheme, published(site)
    if enabled is not None:
        by_https = _CERTIFICATE.search(enabled) or _BEHIND_HTTPS.search(enabled)
        name, scheme = _published_name(site, enabled), "https" if by_https else "http"
    told = {
        "X-Forwarded-Host": name,
        "X-Forwarded-Proto": scheme,
        "X-Forwarded-For": "127.0.0.1",
        "X-Real-IP": "127.0.0.1",
    }
    return Request(path, _headers(name, accept) | told, socket=site.socket)


def cookie(maintenance: str, bypass: str, app: str) -> str:
    """Return what leads past the closed page of an app, "" where its site is open."""
    if not Path(maintenance).exists():
        return ""
    found = _BYPASS.search(Path(bypass).read_text())
    return f"changeover_bypass_{app}={found[1]}" if found else ""


def _headers(name: str, accept: str) -> dict[str, str]:
    return {"Host": name, "Accept": accept, "User-Agent": "Changeover"}


def _published_name(site: Site, enabled: str) -> str:
    named = _NAMES.search(enabled)
    names = named[1].split(" ") if named else []
    if site.domain in names:
        return site.domain
    # all names below one are none to ask by
    return next((one for one in names if one and one[0] != "*"), site.domain)
