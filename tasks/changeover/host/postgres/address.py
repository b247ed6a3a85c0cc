"""
Where a database is: the URL that an environment file holds.

Hosts and controller read a URL here alone, and as libpq does, which psycopg is built on: what
stands among the parameters counts more than what stands before them, ``hostaddr`` more than
``host``, and a database without a name has its role's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, unquote_plus

from ..files import Failure

SOCKETS = "/var/run/postgresql"
LOCAL = ("localhost", "127.0.0.1", "::1")
# SQLAlchemy's URLs name the driver, too: postgresql+psycopg://
SCHEME = re.compile(r"postgres(ql)?(\+\w+)?://")
# among the options of a connection, where a backslash goes before a blank
_PATH = re.compile(r"(?:-c\s*|--)search[_-]path\s*=((?:\\.|[^\s\\])*)")
# a URL of which each part is known to be no part of a password
_PLAIN = re.compile(
    r"[a-z0-9_+]+://([A-Za-z0-9._~%+-]*@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._%-]*)(:[0-9]*)?"
    r"(/[^\]/?#@:\s]*)?"
)
_PLAIN_PARAMETER = re.compile(
    r"(?:host|hostaddr|user|dbname)=[A-Za-z0-9._%/:~-]*|port=[0-9]*|service=[A-Za-z0-9._-]*"
)
NOT_UNDERSTOOD = "postgresql://not:understood"
_PORTS = range(1, 65536)
# what of a URL's parameters says where and who
_PLACE = ("host", "hostaddr", "port", "user", "password", "dbname")
# what of them may be told, with the name of a file that has others
_TOLD = ("host", "hostaddr", "port", "user", "dbname", "service")
_PATH_ITEM = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^",]+?))\s*(?:,|$)')
# What libpq takes from the environment. All else in a URL is for the app's own driver.
PARAMETERS = {
    "hostaddr": "PGHOSTADDR",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslcrl": "PGSSLCRL",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "channel_binding": "PGCHANNELBINDING",
    "gssencmode": "PGGSSENCMODE",
}


class NoAddress(Failure):
    """A URL leads nowhere; ``problem`` says why without where it stands."""

    def __init__(self, where: str, what: str, remedy: str) -> None:
        """Take where it stands, what is wrong and what to do."""
        super().__init__(f"{where} {what}: {remedy}")
        self.problem = f"{what}; {remedy}"


@dataclass(frozen=True, repr=False)
class Address:
    """A database, and how its app reaches it; holds the password, so it is never printed."""

    host: str
    port: str
    user: str
    password: str
    database: str
    settings: dict[str, str]
    search_path: str = ""
    """Where the URL says that the app looks for tables, as the server takes it; "" for nothing."""

    @property
    def reached(self) -> str:
        """Return where a connection goes: a name, an address, or the folder of a socket."""
        return self.settings.get("PGHOSTADDR") or self.host

    @property
    def by_socket(self) -> bool:
        """Tell whether the app itself comes in by the server's socket."""
        return self.reached.startswith("/")

    @property
    def sockets(self) -> str | None:
        """Return the folder of the server's socket if the server is on this host."""
        if self.by_socket:
            return self.reached
        return SOCKETS if self.reached in LOCAL else None


def parse(url: str, where: str) -> Address:
    """
    Return what a URL says; ``where`` tells in messages where it stands.

    No message quotes it: the password is in it.
    """
    found = said(url, where)
    user = found.get("user", "")
    name = found.get("dbname") or user
    if not name:
        raise NoAddress(where, "names no database", "end it with /NAME")
    return Address(
        host=found.get("host") or SOCKETS,
        port=found.get("port") or "5432",
        user=user,
        password=found.get("password", ""),
        database=name,
        settings={PARAMETERS[k]: v for k, v in found.items() if k in PARAMETERS},
        search_path=search_path(found),
    )


def said(url: str, where: str) -> dict[str, str]:
    """Return what a URL itself says, by the names of its parameters; ``parse`` adds defaults."""
    scheme = SCHEME.match(url)
    if not scheme:
        what = "does not begin with postgresql://"
        raise NoAddress(where, what, "write the database's URL there")
    rest, _, query = url[scheme.end() :].partition("?")
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    place, _, database = rest.partition("/")
    account, _, place = place.rpartition("@")
    user, _, password = account.partition(":")
    named = re.fullmatch(r"(?:\[([0-9A-Fa-f:]+)\]|([^:,\[\]]*))(?::([0-9]*))?", place)
    stands = {"user": unquote(user), "password": unquote(password), "dbname": unquote(database)}
    stands |= {"host": unquote(named[1] or named[2] or ""), "port": named[3] or ""} if named else {}
    for key, before in stands.items():
        if before and parameters.get(key, before) != before:
            raise NoAddress(
                where, f"says two values for {key}", "drivers differ by it: say it once"
            )
    found = {key: text for key, text in stands.items() if text} | parameters
    port = found.get("port") or "5432"
    if not named or not port.isdecimal() or int(port) not in _PORTS:
        what = "is no URL with one host, port and database"
        raise NoAddress(where, what, "write what is special in a password as %XX")
    _require_plain(query, where)
    if "/" in database:
        raise NoAddress(where, "names no database", "end it with /NAME")
    _require_plain_place(f"{place}{query}", database, found, where)
    return found


def _require_plain_place(others: str, database: str, found: Mapping[str, str], where: str) -> None:
    """Refuse what drivers would take for different servers or databases."""
    if any(_has_control(key, text) for key, text in found.items()):
        raise NoAddress(where, "has a control character (%00, %0A)", "write it without")
    if any("," in found.get(key, "") for key in ("host", "hostaddr")):
        raise NoAddress(where, "names several hosts", "name the one that has the data")
    # some drivers read it to the letter, others do not
    if odd := re.search("[%#+]", database):
        what = f"has a {odd[0]} in the database's name"
        raise NoAddress(where, what, "drivers differ by it: name it by ?dbname=, or rename it")
    if "#" in others:
        raise NoAddress(where, "has a #", "for some drivers it ends there: write it as %23")


def _require_plain(query: str, where: str) -> None:
    """Refuse among the parameters what drivers, or this module and libpq, take differently."""
    parts = [part for part in query.split("&") if _key(part) in (*_PLACE, "service")]
    keys = [_key(part) for part in parts]
    if "service" in keys:
        raise NoAddress(where, "names a service", "say in the URL all that is meant")
    for key in keys:
        if keys.count(key) > 1:
            raise NoAddress(where, f"says {key} twice", "drivers differ by it: say it once")
    if any("+" in part for part in parts):
        raise NoAddress(where, "has a +", "drivers differ by it: write it as %2B, a blank as %20")


def _has_control(key: str, text: str) -> bool:
    # a password may have any but the zero byte, which libpq refuses
    return "\0" in f"{key}{text}" or (key != "password" and not text.isprintable())


def without_secrets(url: str) -> str:
    """
    Return a URL without its password, and of its parameters only where and who.

    Where it is not understood, any part of it may be a part of the password: then what it returns
    is no URL for ``parse``.
    """
    place, _, query = url.partition("?")
    place = re.sub(r"^([^:/]*://[^:@/]*)(:[^/]*)?@", r"\1@", place)
    if re.search(r"[@\s]", query) or not _PLAIN.fullmatch(place):
        return NOT_UNDERSTOOD
    # without one of these it would be the URL of something else
    told = [part for part in query.split("&") if _key(part) in _TOLD]
    if not all(map(_PLAIN_PARAMETER.fullmatch, told)):
        return NOT_UNDERSTOOD
    return f"{place}?{'&'.join(told)}" if told else place


def schemas_in(path: str, role: str) -> list[str]:
    """Return the schemas that a search_path names, the first first."""
    items = [quoted.replace('""', '"') or bare.lower() for quoted, bare in _PATH_ITEM.findall(path)]
    return [role if item == "$user" else item for item in items if item]


def search_path(parameters: Mapping[str, str]) -> str:
    """Return the search_path that a URL's parameters give, "" where they give none."""
    found = _PATH.findall(parameters.get("options", ""))
    if found:
        return re.sub(r"\\(.)", r"\1", found[-1])
    # as Prisma has it, and dj-database-url
    schema = parameters.get("schema", "") or parameters.get("currentSchema", "")
    return '"' + schema.replace('"', '""') + '"' if schema else ""


def _key(parameter: str) -> str:
    return unquote_plus(parameter.partition("=")[0])


def in_place(url: str, other: str) -> str:
    """Return a URL in its own words, with the account, the server and the database of another."""
    scheme, another = SCHEME.match(url), SCHEME.match(other)
    place, _, query = other[another.end() if another else 0 :].partition("?")
    own = url.partition("?")[2]
    kept = [part for part in own.split("&") if part and _key(part) not in _PLACE]
    kept += [part for part in query.split("&") if _key(part) in _PLACE]
    return f"{scheme[0] if scheme else ''}{place}{'?' if kept else ''}{'&'.join(kept)}"


def with_database(url: str, name: str) -> str:
    """Return a URL that leads to another database of the same server, in the same words."""
    scheme = SCHEME.match(url)
    rest, mark, query = url[scheme.end() if scheme else 0 :].partition("?")
    place = rest.partition("/")[0]
    kept = "&".join(part for part in query.split("&") if _key(part) != "dbname")
    return f"{scheme[0] if scheme else ''}{place}/{quote(name, safe='')}{mark}{kept}"
