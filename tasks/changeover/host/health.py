"""
What a healthy app says at its health address: 200, and JSON in which each expected key is right.

Of one of which no key is expected any page will do, and a redirect (to a login) too.

Hosts and the controller judge by it alone.
"""

from collections.abc import Mapping
from typing import Any

from . import json_text

RELEASE, SCHEMA = KEYS = ("release", "schema")
_LETTERS = 99
_OK, _REDIRECTS_END = 200, 400


def said(body: bytes) -> dict[str, Any]:
    """Return what a body says; one that is no object of JSON's says nothing."""
    try:
        found = json_text.read(body.decode(errors="replace"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def texts(found: Mapping[str, Any]) -> dict[str, str | None]:
    """Return what is said of the keys that anybody asks for, where it is a text or null."""
    return {key: found[key] for key in KEYS if key in found and isinstance(found[key], str | None)}


def problems(
    status: int, found: Mapping[str, Any], expected: Mapping[str, str | None]
) -> list[str]:
    """Return what is wrong with an answer, a few words each; silence about a key is not null."""
    wrong = [] if is_well(status, says_nothing=not expected) else [f"status {status}"]
    for key, wanted in expected.items():
        if wanted is None and key not in found:
            wrong.append(f"nothing of {key}, which has to be null")
        elif found.get(key) != wanted:
            wrong.append(f"{key} {_shown(found.get(key))} instead of {wanted!r}")
    return wrong


def is_well(status: int, *, says_nothing: bool) -> bool:
    """Tell whether a status is a healthy app's."""
    return _OK <= status < _REDIRECTS_END if says_nothing else status == _OK


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'}"
    return repr(value)[:_LETTERS]
