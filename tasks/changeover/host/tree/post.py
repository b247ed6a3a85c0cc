"""Asking by http: a login, and whatever else lets one in, is shown to its own server alone."""

import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.parse import urljoin

from .. import json_text
from . import address as tree_address
from . import login
from .reach import Unreadable

_FORM = "application/vnd.git-lfs+json"
_MOST = 8 << 20
_SECONDS = 30
_REDIRECTS = (301, 302, 303, 307, 308)
# as git-lfs
_MOST_REDIRECTS = 2
_NO_LOGIN = 401


def _opener() -> urllib.request.OpenerDirector:
    """Return what follows nothing, as urllib would take all headers along, and knows http alone."""
    made = urllib.request.OpenerDirector()
    made.add_handler(urllib.request.ProxyHandler())
    made.add_handler(urllib.request.HTTPHandler())
    made.add_handler(urllib.request.HTTPSHandler())
    made.add_handler(urllib.request.HTTPDefaultErrorHandler())
    made.add_handler(urllib.request.HTTPErrorProcessor())
    return made


def posted(address: str, headers: Mapping[str, str], body: bytes) -> Any:
    """
    Return what a server answers, as JSON.

    ``headers`` let us in where ``address`` leads; where there are none and the server wants a
    login, it is the one that git has for it. Where it sends us to another server (or port, or from
    http to https) nothing of that goes along. Raises Unreadable.
    """
    given, asked, redirects = dict(headers), bool(headers), 0
    while True:
        try:
            return _sent(address, given, body)
        except urllib.error.HTTPError as error:
            if error.code == _NO_LOGIN and not asked:
                given, asked = dict(login.header(address)), True
                if given:
                    continue
            if error.code not in _REDIRECTS or redirects == _MOST_REDIRECTS:
                raise _unreadable(address, f"{error.code} {error.reason}") from None
            to = urljoin(address, error.headers.get("Location", ""))
            if not _is_same(address, to):
                given, asked = {}, False
            address, redirects = to, redirects + 1


def _is_same(address: str, to: str) -> bool:
    """Tell whether both are of one server. Raises Unreadable where nobody is to follow."""
    if tree_address.scheme_of(address) == "https" and tree_address.scheme_of(to) == "http":
        raise _unreadable(address, f"it leads from https to {tree_address.shown(to)}")
    return tree_address.origin(address) == tree_address.origin(to)


def _sent(address: str, headers: Mapping[str, str], body: bytes) -> Any:
    if tree_address.origin(address) is None or tree_address.divided(address)[1]:
        raise Unreadable(f"{tree_address.shown(address)} is no address of a Git LFS server")
    given = {"Accept": _FORM, "Content-Type": _FORM, **headers}
    request = urllib.request.Request(address, data=body, headers=given)  # noqa: S310 - see above
    try:
        with _opener().open(request, timeout=_SECONDS) as answer:
            return json_text.read(answer.read(_MOST))
    except urllib.error.HTTPError:
        raise
    except (OSError, ValueError, HTTPException) as error:
        raise _unreadable(address, error) from None


def _unreadable(address: str, why: object) -> Unreadable:
    return Unreadable(login.hidden(f"cannot read {address}: {why}"))
