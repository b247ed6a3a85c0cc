"""What pages answer, asked of the host's own nginx as a visitor would, or of the app's socket."""

import http.client
import re
import socket
import ssl
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

_TRIES = 3
_SECONDS = 10.0
_PAUSE_SECONDS = 0.1
_BYTES = 16 * 1024 * 1024


class Site(NamedTuple):
    """Where pages are asked for."""

    domain: str
    socket: str | None
    """The app's own socket, where no nginx stands before it."""
    cookie: str
    """What leads past the closed page; "" as a visitor."""
    certificate: str = ""
    """File of the certificate that the site has to show; "" where it is plain http."""
    scheme: str = "http"
    """By which visitors come, as the app is told where no nginx stands before it."""


class Answer(NamedTuple):
    """What one request got."""

    status: int
    location: str
    body: str
    milliseconds: float


def failures(site: Site, pages: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line for each page that does not answer as expected, even at the third try."""
    found = []
    for page in pages:
        wrong = _problems(site, page)
        if wrong:
            found.append(f"page {page['path']}: {'; '.join(wrong)}")
    return found


def bypass(file: Path, app: str) -> str:
    """Return the cookie that leads past the closed page of an app."""
    match = re.search(r'^"([^"]+)"', file.read_text(), re.MULTILINE)
    return f"changeover_bypass_{app}={match[1]}" if match else ""


def _problems(site: Site, page: Mapping[str, Any]) -> list[str]:
    with suppress(OSError, http.client.HTTPException):
        _ask(site, page["path"])  # the first one after a restart says nothing of the others
    wrong, fastest = ["not asked"], float("inf")
    for number in range(_TRIES):
        time.sleep(_PAUSE_SECONDS if number else 0)
        try:
            answer = _ask(site, page["path"])
        except (OSError, http.client.HTTPException) as error:
            wrong = [f"no whole answer within {_SECONDS:g} s ({str(error) or repr(error)})"]
            continue
        fastest = min(fastest, answer.milliseconds)
        wrong = list(_wrong(answer, page, site))
        if not wrong and fastest <= page["max_ms"]:
            return []
    if fastest > page["max_ms"] and fastest != float("inf"):
        wrong.append(
            f"expected an answer within {page['max_ms']} ms, the best of {_TRIES} took"
            f" {fastest:.0f} ms"
        )
    return wrong


def _wrong(answer: Answer, page: Mapping[str, Any], site: Site) -> Iterator[str]:
    status = page["status"]
    allowed = [status] if isinstance(status, int) else status
    if answer.status not in allowed:
        yield f"expected status {' or '.join(map(str, allowed))}, found {answer.status}"
    wanted, contains = page["redirects_to"], page["contains"]
    if wanted and not _leads_to(answer.location, wanted, site.domain):
        yield f"expected a redirect to {wanted}, found {_shown(answer.location) or 'none'}"
    if contains and contains not in answer.body:
        yield f"expected the text {contains!r}, it is not in the {len(answer.body)} letters"


def _leads_to(location: str, wanted: str, domain: str) -> bool:
    """Tell whether a Location is the wanted one; a query counts only if one is wanted."""
    found, aim = urllib.parse.urlsplit(location), urllib.parse.urlsplit(wanted)
    if aim.query and found.query != aim.query:
        return False
    here = ("", domain)
    same_host = found.netloc in here if aim.netloc in here else found.netloc == aim.netloc
    return same_host and found.path == aim.path


def _shown(location: str) -> str:
    # the query may hold a token
    return location.partition("?")[0]


def _ask(site: Site, path: str) -> Answer:
    headers = {"Host": site.domain, "Accept": "text/html,*/*;q=0.8", "User-Agent": "Changeover"}
    if site.socket:  # as nginx would tell it
        headers |= {"X-Forwarded-Host": site.domain, "X-Forwarded-Proto": site.scheme}
        headers |= dict.fromkeys(("X-Forwarded-For", "X-Real-IP"), "127.0.0.1")
    if site.cookie:
        headers["Cookie"] = site.cookie
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=_SECONDS)
    try:
        if site.certificate:
            connection.sock = _secured(site)
        elif site.socket:
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.settimeout(_SECONDS)
            connection.sock.connect(site.socket)
        else:
            connection.connect()
        with _ending(connection.sock):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            content = answer.read(_BYTES + 1)
        if len(content) > _BYTES:
            raise OSError(f"it is larger than {_BYTES >> 20} MiB")
        body = content.decode(errors="replace")
    finally:
        connection.close()
    took = (time.monotonic() - began) * 1000
    return Answer(answer.status, answer.getheader("Location") or "", body, took)


@contextmanager
def _ending(connection: socket.socket) -> Iterator[None]:
    """
    End what is done on a connection in time, as a socket's own limit is for each byte anew.

    Raises OSError then.
    """
    late = threading.Event()

    def end() -> None:
        late.set()
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(_SECONDS, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException):
        if not late.is_set():
            raise
    finally:
        timer.cancel()
    if late.is_set():
        raise OSError("it does not end")


def _secured(site: Site) -> ssl.SSLSocket:
    """Return a connection by https. Raises OSError unless the site shows its very certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # it may be self-signed: it has to be the same instead
    first = Path(site.certificate).read_text().partition(ssl.PEM_FOOTER)[0] + ssl.PEM_FOOTER
    plain = socket.create_connection(("127.0.0.1", 443), timeout=_SECONDS)
    try:
        secured = context.wrap_socket(plain, server_hostname=site.domain)
    except OSError:
        plain.close()
        raise
    if secured.getpeercert(binary_form=True) != ssl.PEM_cert_to_DER_cert(first):
        secured.close()
        raise OSError(f"nginx shows another certificate than {site.certificate}")
    return secured
