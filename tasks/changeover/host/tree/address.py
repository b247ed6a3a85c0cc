"""The addresses that a repository names of others, which nobody has looked at yet."""

import re
from urllib.parse import SplitResult, unquote, urlsplit

# what no shell on the way takes for something else, as git-lfs gives paths on without quotes
_PLAIN = re.compile(r"[\w.~/+@:%=,\[\]-]+")
_BY_NAME = re.compile(r"(?:[\w.-]+@)?[\w.-]+:(?!//)[^:]")
_RELATIVE = ("./", "../")
_LOGIN = re.compile(r"(\w[\w+.-]*)://([^\s/]*)@")
_BY_HTTP = ("http", "https")
_PORTS = {"http": 80, "https": 443}


def joined(base: str, address: str) -> str:
    """
    Return where a relative address leads from another, as git has it; others as they are.

    So is one that leads out of its server. No login goes along: that is for who reads the other.
    """
    if not address.startswith(_RELATIVE):
        return address
    server, path = _split(divided(base)[0])
    names, rest = [name for name in path.split("/") if name], address
    while rest.startswith(_RELATIVE):
        step, _, rest = rest.partition("/")
        if step == "..":
            if not names:
                return address
            names.pop()
    return server + "/".join([*names, rest.rstrip("/")])


def _split(address: str) -> tuple[str, str]:
    """Return an address up to where its path begins, and the path."""
    if "://" in address:
        scheme, _, rest = address.partition("://")
        server, _, path = rest.partition("/")
        return f"{scheme}://{server}/", path
    server, between, path = address.rpartition(":")
    root = "/" if path.startswith("/") else ""
    return f"{server}{between}{root}", path


def problem(address: str, repository: str, *, pinned: bool, app: str) -> str:
    """
    Return why nothing is fetched from an address that a repository names, "" where it is.

    ``repository`` is the app's own address: by http or git's own protocol only where that is too.
    ``pinned`` says whether keys of ssh servers are pinned. What is a login in it is never shown.
    """
    scheme = scheme_of(address)
    if address.startswith("-") or "::" in address.partition("/")[0] or not scheme:
        return "no address of a server: only ssh:// and https:// are fetched; name such a one"
    if not _PLAIN.fullmatch(unquote(address) if scheme == "ssh" else address):
        return "an address with characters that none needs; write them as %XX"
    if scheme not in {"ssh", "https"} | ({"http", "git"} & {scheme_of(repository)}):
        return f"an address by {scheme}: only ssh:// and https:// are fetched; name such a one"
    parts = parse(address)
    if parts is None or not parts.hostname or unquote(parts.hostname).startswith("-"):
        return "an address without a server's name; mend it"
    if parts.password is not None or (scheme != "ssh" and parts.username is not None):
        return (
            "an address that holds a login, for everybody to read: take it out of the repository,"
            f" and let the key that {app}_deploy_key names read it by ssh"
        )
    if scheme == "ssh" and not pinned:
        return f"reached by ssh, and {app}_known_hosts pins no key of its server; pin it"
    return ""


def scheme_of(address: str) -> str:
    """Return how an address is reached: ``ssh``, ``https``, another word, "" where it is a path."""
    scheme, found, _ = address.partition("://")
    if found:
        return scheme.lower()
    return "ssh" if _BY_NAME.match(address) else ""


def parse(address: str) -> SplitResult | None:
    """Return the parts of an address, also of ``user@host:path``; None where it is none."""
    if "://" not in address:
        host, _, path = address.partition(":")
        address = f"ssh://{host}/{path}"
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return parts


def origin(address: str) -> tuple[str, str, int] | None:
    """Return the server of an address by http, by scheme, name and port; None where it is none."""
    scheme, parts = scheme_of(address), parse(address)
    if scheme not in _BY_HTTP or parts is None or not parts.hostname:
        return None
    return scheme, parts.hostname, parts.port or _PORTS[scheme]


def divided(address: str) -> tuple[str, str]:
    """
    Return an address by http without the login in it, and that as git's helpers print it.

    Any other stays as it is, with "" for the login: a user of ssh's is none.
    """
    parts = parse(address) if scheme_of(address) in _BY_HTTP else None
    if parts is None or parts.username is None:
        return address, ""
    login = f"username={unquote(parts.username)}\npassword={unquote(parts.password or '')}\n"
    scheme, _, rest = address.partition("://")
    server, between, path = rest.partition("/")
    return f"{scheme}://{server.rpartition('@')[2]}{between}{path}", login


def shown(text: str) -> str:
    """Return an address, or what names some, without what may be a secret in it."""
    return _LOGIN.sub(_without, text)


def _without(found: "re.Match[str]") -> str:
    scheme, login = found.groups()
    by_name = scheme.lower().endswith("ssh") and ":" not in login
    return found[0] if by_name else f"{scheme}://"
