"""A database's URL as it may be told: without its password, and only where the server is."""

import re

_SQLITE = re.compile(r"sqlite:///(?:(?=/)|(?:\./)?(?=[^/]))(.*)")
_PASSWORD = re.compile(r"^([^:/]*://[^:@/]*)(:[^/]*)?@")
_PLACE = re.compile(
    r"[a-z0-9_+]+://([A-Za-z0-9._~%+-]*@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._%-]*)(:[0-9]*)?"
    r"(/[^]/?#@:\s]*)?"
)
_WHERE = re.compile(r"host=[A-Za-z0-9._%/:-]*|port=[0-9]*")
_HOST = re.compile(r"[^/]*://([^@/]*@)?([A-Za-z0-9.-]+)(:[0-9]*)?(/.*)?")
_HOST_IN_QUERY = re.compile(r"[?&]host=([A-Za-z0-9.-]+)")
_NOT_UNDERSTOOD = "postgresql://not:understood"


def is_server(url: str) -> bool:
    """Tell whether it leads to a PostgreSQL server."""
    return url.startswith("postgres") and "://" in url


def told(url: str) -> str | None:
    """Return what may be told of it; None where there is none."""
    if url.startswith("sqlite:///"):
        return re.split("[?#]", url, maxsplit=1)[0]
    if is_server(url):
        return _without_secrets(url)
    return "other" if url else None


def _without_secrets(url: str) -> str:
    """
    Return a server's URL without its password, and of what follows only where the server is.

    Where it is not understood, any part of it may be a part of the password: then what it leads
    to is no URL.
    """
    place, _, query = url.partition("?")
    place = _PASSWORD.sub(r"\1@", place)
    if re.search(r"[@\s]", query) or not _PLACE.fullmatch(place):
        return _NOT_UNDERSTOOD
    kept = "&".join(one for one in query.split("&") if _WHERE.fullmatch(one))
    return f"{place}?{kept}" if kept else place


def server_name(url: str) -> str:
    """Return the name of its server, "" where it has none."""
    named = _HOST.fullmatch(url.partition("?")[0])
    in_query = _HOST_IN_QUERY.findall(url)
    return named[2] if named else (in_query[-1] if in_query else "")


def sqlite_file(url: str, shared: str) -> str:
    """Return the file of SQLite's that it leads to, "" where it leads to none."""
    found = _SQLITE.match(url.partition("?")[0])
    if not found:
        return ""
    return found[1] if found[1].startswith("/") else f"{shared}/{found[1]}"
