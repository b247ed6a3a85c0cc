"""What pages answer, asked of the host's own nginx as a visitor would, or of the app's socket."""

import time
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ..visitor.answer import Answer, TooLarge, get
from ..visitor.request import Request
from ..visitor.site import Site, past_nginx, published, through_nginx

_TRIES = 3
_SECONDS = 10.0
_PAUSE_SECONDS = 0.1
_BYTES = 16 * 1024 * 1024
_ACCEPT = "text/html,*/*;q=0.8"


def failures(site: Site, cookie: str, pages: Sequence[Mapping[str, Any]]) -> list[str]:
    """
    Return a line for each page that does not answer as expected, even at the third try.

    ``cookie`` leads past a closed page; "" as a visitor.
    """
    found = []
    for page in pages:
        wrong = _problems(_request(site, cookie, page["path"]), page, site.domain)
        if wrong:
            found.append(f"page {page['path']}: {'; '.join(wrong)}")
    return found


def _request(site: Site, cookie: str, path: str) -> Request:
    if published(site) is None:
        return past_nginx(site, path, _ACCEPT)
    return through_nginx(site, path, cookie, _ACCEPT)


def _problems(request: Request, page: Mapping[str, Any], domain: str) -> list[str]:
    with suppress(OSError):
        _ask(request)  # the first one after a restart says nothing of the others
    wrong, fastest = ["not asked"], float("inf")
    for number in range(_TRIES):
        time.sleep(_PAUSE_SECONDS if number else 0)
        try:
            answer, milliseconds = _ask(request)
        except OSError as error:
            wrong = [f"no whole answer within {_SECONDS:g} s ({error})"]
            continue
        fastest = min(fastest, milliseconds)
        wrong = list(_wrong(answer, page, domain))
        if not wrong and fastest <= page["max_ms"]:
            return []
    if fastest > page["max_ms"] and fastest != float("inf"):
        wrong.append(
            f"expected an answer within {page['max_ms']} ms, the best of {_TRIES} took"
            f" {fastest:.0f} ms"
        )
    return wrong


def _wrong(answer: Answer, page: Mapping[str, Any], domain: str) -> Iterator[str]:
    status = page["status"]
    allowed = [status] if isinstance(status, int) else status
    if answer.status not in allowed:
        yield f"expected status {' or '.join(map(str, allowed))}, found {answer.status}"
    wanted, contains = page["redirects_to"], page["contains"]
    location = answer.headers.get("location", "")
    if wanted and not _leads_to(location, wanted, domain):
        yield f"expected a redirect to {wanted}, found {_shown(location) or 'none'}"
    text = answer.body.decode(errors="replace") if contains else ""
    if contains and contains not in text:
        yield f"expected the text {contains!r}, it is not in the {len(text)} letters"


def _leads_to(location: str, wanted: str, domain: str) -> bool:
    """Tell whether a Location is the wanted one; a query counts only if one is wanted."""
    try:
        found, aim = urllib.parse.urlsplit(location), urllib.parse.urlsplit(wanted)
    except ValueError:
        return False  # the app may send anything
    if aim.query and found.query != aim.query:
        return False
    here = ("", domain)
    same_host = found.netloc in here if aim.netloc in here else found.netloc == aim.netloc
    return same_host and found.path == aim.path


def _shown(location: str) -> str:
    # the query may hold a token
    return location.partition("?")[0]


def _ask(request: Request) -> tuple[Answer, float]:
    """Return what is answered, and after how many milliseconds. Raises OSError."""
    began = time.monotonic()
    try:
        answer = get(request, _SECONDS, _BYTES)
    except TooLarge:
        raise OSError(f"it is larger than {_BYTES >> 20} MiB") from None
    return answer, (time.monotonic() - began) * 1000
