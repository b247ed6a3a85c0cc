"""An app's nginx site: what it must do, checked, and the text of its file.

Two things on the host must hold for maintenance to close a site: nginx's workers may search the
folder of the flag (mode 0711 or wider; nginx takes a flag it cannot see for none), and the file of
the bypass is there, empty or with one ``bypass_line``. Toggling the flag needs no reload.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal, Self

from changeover.plans import paths
from changeover.templates.render import check_absolute, check_app, check_one_line, render

# static files beside the template, installed as they are
PAGE_NAMES = ("maintenance.html", "maintenance.json", "unavailable.html", "unavailable.json")
DEFAULT_POLICY = (
    "default-src 'self'; img-src 'self' data: https:; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)

# nginx compares map keys ignoring case, and its default hash bucket holds keys of up to 46 letters
_TOKEN = re.compile(r"[0-9a-z]{32,46}")
_SERVER_NAME = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_URL_PATH = re.compile(r"/([A-Za-z0-9_~-][A-Za-z0-9_.~-]*/?)*")
_DIGEST = re.compile(r"[0-9a-f]{16}")
LEAST_HEADER, MOST_HEADER = 4, 256
"""In kilobytes; each request may take four of them."""
_UPSTREAM = re.compile(r"unix:(?P<socket>/.+)|127\.0\.0\.1:[0-9]{1,5}")


@dataclass(frozen=True)
class Files:
    """Files that nginx serves itself from below a prefix such as ``/media/``."""

    prefix: str
    directory: str
    kind: Literal["hashed", "plain", "uploads"] = "plain"
    """hashed: cached for ever; plain: asked for anew; uploads: plain, and scripts never run."""

    def __post_init__(self) -> None:
        """Check the values."""
        if not _URL_PATH.fullmatch(self.prefix) or not self.prefix.endswith("/"):
            raise ValueError(f"files prefix {self.prefix!r}: expected a path such as '/media/'")
        if self.prefix == "/":
            raise ValueError("files prefix '/': use static_root")
        check_absolute("files directory", self.directory)


@dataclass(frozen=True)
class Site:
    """What nginx does for one app."""

    app: str
    server_names: tuple[str, ...]
    upstream: str | None = None
    """``unix:/path/to.sock`` or ``127.0.0.1:3000``; None where all of the site is files."""
    static_root: str | None = None
    """The built front end; its index.html answers every path that is no file."""
    app_paths: tuple[str, ...] = ("/",)
    """With a front end: prefixes that go to the app, such as ``/api/`` and ``/login``."""
    hashed_prefix: str = "/assets/"
    """Where the front end keeps files whose names change with their content."""
    files: tuple[Files, ...] = ()
    body_limit: str = "10m"
    header_limit: str = "16k"
    """Largest line of a visitor's headers, and largest headers of an answer."""
    read_timeout_seconds: int = 60
    """Longest silence of the app within an answer."""
    websocket_timeout_seconds: int = 3600
    """Longest silence of both on a web socket."""
    frame_options: str = "DENY"
    """Each of these is set where the app sends none itself; "" leaves it to the app."""
    referrer_policy: str = "strict-origin-when-cross-origin"
    permissions_policy: str = "camera=(), geolocation=(), microphone=()"
    content_security_policy: str = DEFAULT_POLICY
    include: str = ""
    """Digest of a file of the operator's that is a part of the site; "" where there is none."""
    bypass_addresses: tuple[str, ...] = ()
    """Addresses and networks that reach the app while the site is closed."""
    tls: bool = False
    """Serve by https alone; port 80 has ACME challenges and leads all else there."""
    proxy_https: bool = False
    """Visitors come by https, though nginx is asked by http: a proxy in front of it serves it."""

    def __post_init__(self) -> None:
        """Check every value: all of them end up in a file that nginx reads as root."""
        check_app(self.app)
        self._check_parts()
        self._check_names()
        for path in (*self.app_paths, self.hashed_prefix):
            if not _URL_PATH.fullmatch(path):
                raise ValueError(f"path {path!r}: expected a path prefix such as '/api/'")
        for address in self.bypass_addresses:
            _check_network(address)
        self._check_limits()
        for name, _, value in self.headers:
            if value:
                _check_header(name, value)
        if self.include and not _DIGEST.fullmatch(self.include):
            raise ValueError(f"include {self.include!r}: expected a digest")

    def _check_limits(self) -> None:
        if not re.fullmatch(r"[0-9]+[kKmM]?", self.body_limit):
            raise ValueError(f"body_limit {self.body_limit!r}: expected a size such as '10m'")
        found = re.fullmatch(r"([0-9]{1,3})k", self.header_limit)
        if not found or not LEAST_HEADER <= int(found[1]) <= MOST_HEADER:
            limits = f"'{LEAST_HEADER}k' to '{MOST_HEADER}k'"
            raise ValueError(f"header_limit {self.header_limit!r}: expected {limits}")
        for name in ("read_timeout_seconds", "websocket_timeout_seconds"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} {getattr(self, name)}: expected 1 or more")

    def _check_parts(self) -> None:
        if self.upstream is None and self.static_root is None:
            raise ValueError(f"site of {self.app}: needs upstream, static_root or both")
        if self.upstream is not None:
            match = _UPSTREAM.fullmatch(self.upstream)
            if not match:
                raise ValueError(
                    f"upstream {self.upstream!r}: expected 'unix:/path' or '127.0.0.1:port'"
                )
            if match["socket"]:
                check_absolute("upstream", match["socket"])
        if self.static_root is not None:
            check_absolute("static_root", self.static_root)
        if len(set(self._locations())) != len(self._locations()):
            raise ValueError(f"site of {self.app}: a path is given twice: {self._locations()}")

    def _locations(self) -> tuple[str, ...]:
        hashed = (self.hashed_prefix,) if self.serves_front_end else ()
        return (*self.proxied, *hashed, *(files.prefix for files in self.files))

    def _check_names(self) -> None:
        if not self.server_names:
            raise ValueError(f"site of {self.app}: needs a server name")
        for name in self.server_names:
            if not _SERVER_NAME.fullmatch(name):
                raise ValueError(f"server name {name!r}: expected a host name in lower case")

    @property
    def proxied(self) -> tuple[str, ...]:
        """The path prefixes that go to the app."""
        if self.upstream is None:
            return ()
        return self.app_paths if self.static_root else ("/",)

    @property
    def headers(self) -> tuple[tuple[str, str, str], ...]:
        """Each header that is the app's own where it sends one: name, its variable, and ours."""
        return (
            ("X-Frame-Options", "frame", self.frame_options),
            ("Referrer-Policy", "referrer", self.referrer_policy),
            ("Permissions-Policy", "permissions", self.permissions_policy),
            ("Content-Security-Policy", "csp", self.content_security_policy),
        )

    @property
    def serves_front_end(self) -> bool:
        """True where nginx itself answers ``/`` from the front end's files."""
        return self.static_root is not None and "/" not in self.proxied


@dataclass(frozen=True)
class Places:
    """Where the site listens and where the files are that it reads."""

    listen: tuple[str, ...]
    maintenance: str
    bypass: str
    pages: str
    listen_tls: tuple[str, ...] = ("443", "[::]:443")
    certificate: str = ""
    """The folder of the certificate with its key and what nginx has to be told because of it."""
    webroot: str = paths.ACME_WEBROOT
    includes: str = paths.SITE_INCLUDES
    """The folder of files of the operator's."""

    def included(self, site: Site) -> str:
        """Return where the file of the operator's is that is a part of a site."""
        return f"{self.includes}/{site.app}-{site.include}.conf"

    @classmethod
    def of(cls, app: str) -> Self:
        """Return the places of production."""
        at = paths.Paths(app)
        http = ("80", "[::]:80")
        return cls(http, at.maintenance, at.bypass, paths.PAGES, certificate=at.certificate)


def _check_network(address: str) -> None:
    try:
        if "%" in address:
            raise ValueError("zones are not allowed")  # noqa: TRY301
        ipaddress.ip_network(address)
    except ValueError as error:
        raise ValueError(f"bypass address {address!r}: {error}") from None


def _check_header(name: str, value: str) -> None:
    check_one_line(name, value)
    # the origins of a Permissions-Policy are in quotes, those of no other are
    found = "\\${}" if name == "Permissions-Policy" else '"\\${}'
    if set(value) & set(found):
        raise ValueError(f"{name}: may not hold any of {' '.join(found)}")


def bypass_cookie(app: str) -> str:
    """Return the name of the cookie that opens a closed site to an operator."""
    check_app(app)
    return f"changeover_bypass_{app}"


def bypass_line(token: str) -> str:
    """Return the text of the bypass file: the one cookie value that opens the closed site."""
    if not _TOKEN.fullmatch(token):
        # the value stays out of the message: it is a secret
        raise ValueError("bypass token: expected 32 to 46 of 0-9 and a-z (secrets.token_hex(20))")
    return f'"{token}" 1;\n'


def render_site(site: Site, places: Places | None = None) -> str:
    """Return the text of the site's file, the same for the same values."""
    return render("site/site.conf.j2", site=site, places=places or Places.of(site.app))
