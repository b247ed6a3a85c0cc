"""Hosts that name one database: until one of them is the primary, none may be released."""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from changeover.host.files import Failure
from changeover.host.postgres.address import SCHEME, parse


@dataclass(frozen=True)
class DatabaseAddress:
    """Where a database is, by address; holds no password."""

    name: str
    """The server's name or address in one spelling, "" for one on the host itself."""
    port: int
    database: str

    @property
    def told(self) -> str:
        """Return it for people."""
        return f"{self.database} on {self.name or 'the host itself'}:{self.port}"


@dataclass(frozen=True)
class DatabaseUse:
    """Where the data of one app on one host is."""

    host: str
    app: str
    key: str
    """The environment key that names it."""
    server: DatabaseAddress
    addresses: frozenset[str] = frozenset()
    """What the server's name means, to the host and to the controller."""
    own: frozenset[str] = frozenset()
    """The names and addresses of the host itself."""
    told: bool = True
    """The host was asked; else only what the controller has for it is known."""

    @property
    def on_host(self) -> bool:
        """Tell whether the server is on the host itself, by whatever address."""
        return not self.server.name or bool(self._names & self.own)

    @property
    def _names(self) -> frozenset[str]:
        return self.addresses | {self.server.name}

    def is_of(self, other: "DatabaseUse") -> bool:
        """Tell whether both name one database."""
        mine, its = self.server, other.server
        if (mine.database, mine.port) != (its.database, its.port):
            return False
        if self.on_host and other.on_host:
            return self.host == other.host  # each has a server of its own
        if self.on_host or other.on_host:
            here, there = (self, other) if self.on_host else (other, self)
            return bool(there._names & here.own)
        return bool(self._names & other._names)


@dataclass(frozen=True)
class Shared:
    """A database that two name."""

    one: DatabaseUse
    other: DatabaseUse

    @property
    def hosts(self) -> tuple[str, str]:
        """The hosts that are concerned."""
        return self.one.host, self.other.host

    @property
    def problem(self) -> str:
        """What is wrong, and what to do."""
        one, other = self.one, self.other
        unseen = [home.host for home in (one, other) if not home.told]
        by = f", as the controller's environment for {' and '.join(unseen)} says" if unseen else ""
        apps = one.app if one.app == other.app else f"{one.app} and {other.app}"
        return (
            f"{one.key}: {apps} on {one.host} and on {other.host} name one database"
            f" ({one.server.told}{by}). Each release would change it under the other, and its undo"
            f" would take it away. Give each a database of its own in its environment"
            f" ({other.app}_env_file for each host), or take one host out of {other.app}'s group"
        )


def database_address(url: str) -> DatabaseAddress | None:
    """Return the server that a URL leads to, None for a file or what is no URL."""
    if not SCHEME.match(url):
        return None
    try:
        found = parse(url, "")
        name = spelt(found.reached)
        return DatabaseAddress("" if is_local(name) else name, int(found.port), found.database)
    except (Failure, ValueError):
        return None  # preflight names what is wrong with it


def spelt(name: str) -> str:
    """Return a host's name or address in one spelling."""
    plain = name.strip("[]").partition("%")[0] if ":" in name else name
    try:
        found = ipaddress.ip_address(plain)
    except ValueError:
        return name.rstrip(".").casefold()
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def is_local(name: str) -> bool:
    """Tell whether every host means itself by a name."""
    if not name or name.startswith("/") or name.partition(".")[0] == "localhost":
        return True
    try:
        found = ipaddress.ip_address(name)
    except ValueError:
        return False
    return found.is_loopback or found.is_unspecified


def shared(homes: Iterable[DatabaseUse]) -> Iterator[Shared]:
    """Yield each two that name one database; an app's own host is no other."""
    for one, other in combinations(sorted(homes, key=lambda home: (home.host, home.app)), 2):
        if one.is_of(other):
            yield Shared(one, other)
