"""PostgreSQL: on the host itself, or on a server elsewhere, as the URL says."""

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from changeover.host.postgres.address import LOCAL, SCHEME
from changeover.plans.databases.location import Location
from changeover.plans.target import Target

# psycopg, in Debian's Python, asks what a release expects of its data
_CLIENT = ("postgresql-client", "python3-psycopg")
PACKAGES = (*_CLIENT, "postgresql")


@dataclass(frozen=True, repr=False)
class _Login:
    """Who comes in, from where; holds no password."""

    host: str
    user: str
    name: str
    has_password: bool

    @property
    def by_socket(self) -> bool:
        return not self.host or self.host.startswith("/")


def is_ours(url: str) -> bool:
    """Tell whether a URL is one of PostgreSQL."""
    return SCHEME.match(url) is not None


def locate(url: str) -> Location:
    """
    Return the database that a URL means, or what is wrong with it.

    A server on the host is provisioned; there a URL without a password is for a role with the
    name of the app's user, which PostgreSQL lets in by its socket (peer authentication).
    """
    try:
        found = _read(url)
    except ValueError:
        return Location(problem="is no URL; write what is special in a password as %XX")
    if not found.name or "/" in found.name:
        return Location(problem="names no database; end it with /NAME")
    if not found.user and not found.by_socket:
        return Location(problem="names no user; write it as postgresql://USER:PASSWORD@HOST/NAME")
    local = found.by_socket or found.host in LOCAL
    return Location(
        found.name, None, "database/postgres", PACKAGES if local else _CLIENT, local_server=local
    )


def reach(target: Target) -> tuple[str, ...]:
    """
    Return who works with a database, as the host's programs are told.

    A server on the host is administered by its own superuser, one elsewhere by the app's role. What
    is inside of the database is the app's, and is read and written as the app does it.
    """
    found = ["--superuser", "postgres", "--user", target.app.name]
    declared = target.app.database
    if declared and declared.as_superuser:
        found.append("--trusted")
    if declared and declared.history_schema:
        found += ["--history-schema", declared.history_schema]
    if declared and declared.direct_url:
        found += ["--pooled", declared.url]
    return tuple(found)


def login_problem(url: str, target: Target) -> str | None:
    """Return why the app could not log in with a URL that the controller knows, None if it may."""
    found, app = _read(url), target.app.name
    if found.has_password or (found.by_socket and (found.user or app) == app):
        return None
    return f"has no password; without one only the user {app} comes in, by the server's socket"


def _read(url: str) -> _Login:
    found = urlsplit(SCHEME.sub("postgresql://", url))
    query = parse_qs(found.query)
    _ = found.port  # raises ValueError where it is none
    return _Login(
        host=unquote(found.hostname or "") or query.get("host", [""])[0],
        user=unquote(found.username or "") or query.get("user", [""])[0],
        name=unquote(found.path.removeprefix("/")),
        has_password=bool(found.password or query.get("password")),
    )
