"""Where an app's database is and what works with it: one file and one line for each kind."""

from changeover.host.registry import Registry
from changeover.host.revisions.table import dumped
from changeover.plans import migrations
from changeover.plans.databases import postgres
from changeover.plans.databases.kind import Kind, Location, Place, Told, key
from changeover.plans.databases.none import NONE, NOWHERE
from changeover.plans.databases.postgres import POSTGRES
from changeover.plans.databases.sqlite import SQLITE
from changeover.plans.paths import PROGRAMS
from changeover.plans.script import Variable
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target

__all__ = ["KINDS", "NOWHERE", "Kind", "Location", "Place", "Told", "key"]

KINDS: Registry[str, Kind] = Registry(
    "kind of database",
    {
        "SQLite": SQLITE,
        "PostgreSQL": POSTGRES,
    },
)
"""Every kind there is: a URL of no other is taken."""
KINDS.require(__name__, __path__, "kind", "none")
PACKAGES = tuple(package for kind in KINDS.values() for package in kind.packages)
"""Every package that some kind of database needs."""


def kind_of(url: str | None) -> Kind:
    """Return the kind of a URL; no database, where it is none or of no kind."""
    return next((kind for kind in KINDS.values() if url and kind.is_ours(url)), NONE)


def locate(url: str, target: Target) -> Location:
    """Return where a URL leads the app, or what is wrong with it; no message quotes the URL."""
    kind = kind_of(url)
    if kind is NONE:
        begins = " or ".join(one.begins for one in KINDS.values())
        return Location(NONE, problem=f"expected a URL that begins with {begins}")
    return kind.locate(url, target)


def url_in_force(target: Target, snapshot: Snapshot, wanted: str | None) -> str | None:
    """Return the URL that the app will have: the host's, unless it has none or is to be updated."""
    if snapshot.database_url and key(target) not in target.values.env_update:
        return snapshot.database_url
    return wanted or snapshot.database_url


def server_reach(target: Target) -> tuple[str, ...]:
    """Return who works with a server's database, as the probe tells the host's programs."""
    return postgres.reach(target)


def migration_tables(target: Target) -> str:
    """Return in which tables a database notes the app's migrations, as the host is told."""
    return dumped(migrations.tables(target.app))


def functions(location: Location, *others: str) -> tuple[str, ...]:
    """Return the script files of shell functions that work with a database, then others."""
    return ("database/common", location.kind.functions, *others)


def variables(target: Target, location: Location) -> dict[str, Variable]:
    """Return the variables of these functions, and ``database``, its name."""
    return {
        "programs": PROGRAMS,
        "database": location.name or "",
        "migration_tables": migration_tables(target),
        **location.kind.variables(target),
    }


def told(target: Target, location: Location) -> Told:
    """Return what the host's programs are told of a database whose environment is in force."""
    return location.kind.told(target, location.name or "", target.paths.env_file)
