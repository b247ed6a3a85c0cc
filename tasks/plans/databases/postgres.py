"""PostgreSQL: on the host itself, or on a server elsewhere, as the URL says."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

from tasks.plans.databases.location import Location
from tasks.plans.target import Target

# SQLAlchemy's URLs name the driver, too: postgresql+psycopg://
_SCHEME = re.compile(r"postgres(ql)?(\+\w+)?://")
# psycopg, in Debian's Python, asks what a release expects of its data
_CLIENT = ("postgresql-client", "python3-psycopg")
PACKAGES = (*_CLIENT, "postgresql")
_LOCAL = ("localhost", "127.0.0.1", "::1")


def is_ours(url: str) -> bool:
    """Tell whether a URL is one of PostgreSQL."""
    return _SCHEME.match(url) is not None


def locate(url: str) -> Location:
    """
    Return the database that a URL means, or what is wrong with it.

    A server on the host is provisioned; there a URL without a password is for a role with the
    name of the app's user, which PostgreSQL lets in by its socket (peer authentication).
    """
    try:
        found = urlsplit(_SCHEME.sub("postgresql://", url))
        query = parse_qs(found.query)
        host = unquote(found.hostname or "") or query.get("host", [""])[0]
        _ = found.port
    except ValueError:
        return Location(problem="is no URL; write what is special in a password as %XX")
    name = unquote(found.path.removeprefix("/"))
    if not name or "/" in name:
        return Location(problem="names no database; end it with /NAME")
    by_socket = not host or host.startswith("/")
    if not (found.username or query.get("user") or by_socket):
        return Location(problem="names no user; write it as postgresql://USER:PASSWORD@HOST/NAME")
    local = by_socket or host in _LOCAL
    packages = PACKAGES if local else _CLIENT
    return Location(name, None, "database/postgres", packages, local)


def login_problem(url: str, target: Target) -> str | None:
    """Return why the app could not log in with a URL that the controller knows, None if it may."""
    found, app = urlsplit(_SCHEME.sub("postgresql://", url)), target.app.name
    query = parse_qs(found.query)
    user = unquote(found.username or "") or query.get("user", [app])[0]
    host = unquote(found.hostname or "") or query.get("host", ["/"])[0]
    if found.password or query.get("password") or (host.startswith("/") and user == app):
        return None
    return f"has no password; without one only the user {app} comes in, by the server's socket"
