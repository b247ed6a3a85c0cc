"""Where a database is: the URL that an environment file holds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote

from .. import plain_file
from ..environment_file import File
from ..files import Failure

SOCKETS = "/var/run/postgresql"
LOCAL = ("localhost", "127.0.0.1", "::1")
# SQLAlchemy's URLs name the driver, too: postgresql+psycopg://
SCHEME = re.compile(r"postgres(ql)?(\+\w+)?://")
# among the options of a connection, where a backslash goes before a blank
_PATH = re.compile(r"(?:-c\s*|--)search[_-]path\s*=((?:\\.|[^\s\\])*)")
# what of a URL's parameters says where and who
_PLACE = ("host", "hostaddr", "port", "user", "password", "dbname")
_PATH_ITEM = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^",]+?))\s*(?:,|$)')
# What libpq takes from the environment. All else in a URL is for the app's own driver.
PARAMETERS = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslcrl": "PGSSLCRL",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "channel_binding": "PGCHANNELBINDING",
    "gssencmode": "PGGSSENCMODE",
}


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
    def sockets(self) -> str | None:
        """Return the folder of the server's socket if the server is on this host."""
        if self.host.startswith("/"):
            return self.host
        return SOCKETS if self.host in LOCAL else None


def read_value(path: Path, key: str) -> str:
    """Return a value of an environment file, as systemd reads it."""
    return value_in(plain_file.read_text(path), key, str(path))


def value_in(text: str, key: str, path: str) -> str:
    """Return a value of such a file's text; messages name its path."""
    found = File(text).value(key)
    if found is None:
        raise Failure(f"{path} has no {key}: write the database's URL there")
    return found


def parse(url: str, said: str) -> Address:
    """
    Return what a URL says; ``said`` tells in messages where it stands.

    No message quotes it: the password is in it.
    """
    scheme = SCHEME.match(url)
    if not scheme:
        raise Failure(f"{said} does not begin with postgresql://: write the database's URL there")
    rest, _, query = url[scheme.end() :].partition("?")
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    place, _, database = rest.partition("/")
    account, _, place = place.rpartition("@")
    user, _, password = account.partition(":")
    named = re.fullmatch(r"(?:\[([0-9A-Fa-f:]+)\]|([^:,\[\]]*))(?::(\d*))?", place)
    if not named or "/" in database:
        raise Failure(
            f"{said} is no URL with one host, port and database: write what is special in a"
            " password as %XX"
        )
    user = unquote(user) or parameters.get("user", "")
    name = unquote(database) or parameters.get("dbname", "") or user
    if not name:
        raise Failure(f"{said} names no database: end it with /NAME")
    return Address(
        host=unquote(named[1] or named[2] or "") or parameters.get("host", "") or SOCKETS,
        port=named[3] or parameters.get("port", "") or "5432",
        user=user,
        password=unquote(password) or parameters.get("password", ""),
        database=name,
        settings={PARAMETERS[k]: v for k, v in parameters.items() if k in PARAMETERS},
        search_path=search_path(parameters),
    )


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


def read_address(path: Path, key: str) -> Address:
    """Return the address that an environment file holds."""
    return parse(read_value(path, key), f"{key} in {path}")


def in_place(url: str, other: str) -> str:
    """Return a URL in its own words, with the account, the server and the database of another."""
    scheme, another = SCHEME.match(url), SCHEME.match(other)
    place, _, query = other[another.end() if another else 0 :].partition("?")
    own = url.partition("?")[2]
    kept = [part for part in own.split("&") if part and part.partition("=")[0] not in _PLACE]
    kept += [part for part in query.split("&") if part.partition("=")[0] in _PLACE]
    return f"{scheme[0] if scheme else ''}{place}{'?' if kept else ''}{'&'.join(kept)}"


def with_database(url: str, name: str) -> str:
    """Return a URL that leads to another database of the same server, in the same words."""
    scheme = SCHEME.match(url)
    rest, mark, query = url[scheme.end() if scheme else 0 :].partition("?")
    place = rest.partition("/")[0]
    kept = "&".join(part for part in query.split("&") if not part.startswith("dbname="))
    return f"{scheme[0] if scheme else ''}{place}/{quote(name, safe='')}{mark}{kept}"
