"""Where an app's database is and what works with it: one file for each kind of database."""

from collections.abc import Sequence

from changeover.host.revisions.table import dumped
from changeover.plans import migrations
from changeover.plans.databases import postgres, sqlite
from changeover.plans.databases.location import Location
from changeover.plans.paths import PROGRAMS
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target

PACKAGES = postgres.PACKAGES
"""Every package that some kind of database needs."""


def locate(url: str, target: Target) -> Location:
    """Return where a URL leads the app, or what is wrong with it; no message quotes the URL."""
    if sqlite.is_ours(url):
        return sqlite.locate(url, target)
    if postgres.is_ours(url):
        return postgres.locate(url)
    return Location(problem="expected a URL that begins with sqlite:/// or postgresql://")


def login_problem(url: str, target: Target) -> str | None:
    """Return why a server on the host would not let the app in, None where it will."""
    return postgres.login_problem(url, target) if postgres.is_ours(url) else None


def url_in_force(target: Target, snapshot: Snapshot, wanted: str | None) -> str | None:
    """Return the URL that the app will have: the host's, unless it has none or is to be updated."""
    if snapshot.database_url and key(target) not in target.values.env_update:
        return snapshot.database_url
    return wanted or snapshot.database_url


def key(target: Target) -> str:
    """Return the environment key of the database's own URL, "" where there is none."""
    return target.app.database.reached_by if target.app.database else ""


def server_reach(target: Target) -> tuple[str, ...]:
    """Return who works with a server's database, as the host's programs are told."""
    return postgres.reach(target)


def migration_tables(target: Target) -> str:
    """Return in which tables a database notes the app's migrations, as the host is told."""
    return dumped(migrations.tables(target.app))


def functions(location: Location, *others: str) -> tuple[str, ...]:
    """Return the script files of shell functions that work with a database, then others."""
    return ("database/common", location.functions, *others)


def variables(target: Target, location: Location) -> dict[str, str | Sequence[str]]:
    """Return the variables of these functions, and ``database``, its name."""
    found: dict[str, str | Sequence[str]] = {
        "programs": PROGRAMS,
        "database": location.name or "",
        "migration_tables": migration_tables(target),
    }
    if location.is_file:
        whose = {"owner": target.app.name, "within": target.paths.shared}
        return found | whose | {"unit": target.paths.unit}
    paths = target.paths
    return found | {
        "database_key": key(target),
        "server_reach": postgres.reach(target),
        "candidate": paths.candidate,
        "env_file": paths.env_file,
    }
