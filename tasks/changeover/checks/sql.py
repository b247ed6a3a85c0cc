"""What an app's database says, asked from this machine: it is only read, and its password kept."""

import json
from dataclasses import dataclass
from functools import cache

from changeover.checks.carriers import Carrier
from changeover.checks.connection import Secret
from changeover.host.database_url import value_in
from changeover.host.expect.data import failures
from changeover.host.expect.of_postgres import reached
from changeover.host.files import Failure
from changeover.host.postgres.address import Address, parse
from changeover.host.revisions.table import VARIABLE, names
from changeover.plans import databases, migrations
from changeover.plans.databases.kind import Location
from changeover.plans.paths import PROGRAMS
from changeover.plans.target import Target
from changeover.plans.verify import as_asked
from changeover.settings.expect import Expectation

_SECONDS = 60.0
_HEAD = "not as expected: "
# files that a URL names are on the host, and a key has to stay there
_FILES = ("PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGSSLCRL")


@dataclass(frozen=True)
class Seen:
    """What an app's database said."""

    problem: str = ""
    """Why it could not be read; "" where it could."""
    location: Location = databases.NOWHERE
    revisions: tuple[str, ...] = ()
    """The migrations that it names."""
    held_to: tuple[Expectation, ...] = ()
    """What has to be so of it: what its migrations do not reach yet is left out."""
    failures: tuple[str, ...] = ()
    """A line for each thing that is not so, as a release would say it."""


@cache
def look(carrier: Carrier) -> Seen:
    """
    Return what an app's database says.

    Whatever fails is told in words: a traceback's variables could show the database's password.
    """
    try:
        return _look(carrier)
    except Failure as error:
        problem = str(error)
    except Exception as error:
        # its own words could quote the URL
        problem = f"{type(error).__name__} while the database was read"
    except KeyboardInterrupt:
        problem = ""
    if not problem:
        raise KeyboardInterrupt
    return Seen(f"{carrier.id}: the database cannot be read: {problem}")


def _look(carrier: Carrier) -> Seen:
    assert carrier.app.database
    key, path = carrier.app.database.reached_by, carrier.paths.env_file
    url = Secret(value_in(carrier.connection.read(path).reveal(), key, path))
    location = databases.locate(url.reveal(), target_of(carrier))
    if location.problem:
        raise Failure(f"{key} in {path} {location.problem}")
    if location.kind.names_files:
        return _by_the_host(carrier, location)
    address = parse(url.reveal(), f"{key} in {path}")
    if _is_for_the_host_alone(address):
        return _by_the_host(carrier, location)
    with (
        carrier.connection.tunnel(address.reached, address.port) as port,
        reached(
            url.reveal(), f"{key} in {path}", _SECONDS, hostaddr="127.0.0.1", port=str(port)
        ) as database,
    ):
        tables = migrations.tables(carrier.app)
        revisions = names(database.noted(tables, carrier.app.database.history_schema or ""))
        held_to = _held_to(carrier, revisions)
        found = failures(database, list(as_asked(held_to)))
    return Seen("", location, tuple(revisions), held_to, tuple(found))


def _is_for_the_host_alone(address: Address) -> bool:
    """Tell whether nobody else comes in so: by a socket or as a system user, or with its files."""
    named = any(address.settings.get(name, "system") != "system" for name in _FILES)
    return address.by_socket or not address.password or named


def _by_the_host(carrier: Carrier, location: Location) -> Seen:
    """Return what the host's own programs see, through the connection that all checks have."""
    target = target_of(carrier)
    told = databases.told(target, location)
    program, where = location.kind.program, (*told.named, *told.reach)
    status, said = carrier.said(
        f"env {VARIABLE}=%s {PROGRAMS}/{program} revisions{' %s' * len(where)}",
        databases.migration_tables(target),
        *where,
    )
    if status:
        raise Failure(said or f"{program} ended with status {status}")
    answer = json.loads(said.splitlines()[-1])
    if answer["error"] or not answer["exists"]:
        raise Failure(answer["error"] or f"{answer['database']} is not there")
    held_to = _held_to(carrier, answer["revisions"])
    return Seen(
        "", location, tuple(answer["revisions"]), held_to, _expected(carrier, location, held_to)
    )


def _expected(
    carrier: Carrier, location: Location, held_to: tuple[Expectation, ...]
) -> tuple[str, ...]:
    """Return a line for each thing that is not as expected, as the host's own program tells it."""
    environment = ("--environment", carrier.paths.env_file)
    where = (*environment, *databases.told(target_of(carrier), location).expect)
    asked = json.dumps({"commands": [], "expectations": as_asked(held_to)})
    command = f"printf '%%s' %s | {PROGRAMS}/expect data{' %s' * len(where)}"
    status, said = carrier.said(command, asked, *where)
    if not status:
        return ()
    head, *found = f"\n{said}".split(f"\n{_HEAD}")
    if status != 1 or head.strip() or not found:
        raise Failure(head.strip() or f"expect ended with status {status}")
    return tuple(line.removesuffix("\n") for line in found)


def target_of(carrier: Carrier) -> Target:
    """Return what plans are asked about: the app as it is released, whatever its commit."""
    return Target(carrier.app, carrier.values, None)


def _held_to(carrier: Carrier, revisions: list[str]) -> tuple[Expectation, ...]:
    """Return the expectations that hold at these revisions."""
    engine, known = migrations.of(carrier.app), set(revisions)
    if engine and carrier.history is not None:
        known |= engine.applied(carrier.history, revisions)
    wanted = carrier.app.expectations
    return tuple(one for one in wanted if one.since is None or one.since in known)
