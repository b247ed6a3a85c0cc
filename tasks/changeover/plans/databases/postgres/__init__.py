"""PostgreSQL: one kind, in several places; a place is a file beside its siblings and one line."""

from collections.abc import Mapping

from changeover.host.postgres import places
from changeover.host.postgres.address import SCHEME, NoAddress, parse
from changeover.host.registry import Registry
from changeover.plans.databases.kind import Location, Told, Words, key
from changeover.plans.databases.postgres.elsewhere import ELSEWHERE
from changeover.plans.databases.postgres.here import HERE
from changeover.plans.databases.postgres.place import ServerPlace
from changeover.plans.script import Variable
from changeover.plans.target import Target

PLACES: Registry[str, ServerPlace] = Registry(
    "place of a PostgreSQL server",
    {
        "here": HERE,
        "elsewhere": ELSEWHERE,
    },
)
"""Where a server may be."""
PLACES.require(__name__, __path__, "place", keys=places.PLACES)
# the way to each of them, which the host's programs know
places.PLACES.require(places.__name__, keys=PLACES)


class Postgres:
    """A database on a server, inside of which all is read and written as the app does it."""

    begins = "postgresql://"
    functions = "database/postgres"
    program = "postgres_backup"
    packages: Words = tuple(
        dict.fromkeys(one for place in PLACES.values() for one in place.packages)
    )
    tasks: Words = ()
    names_files = False

    def is_ours(self, url: str) -> bool:
        """Tell whether a URL is one of PostgreSQL."""
        return SCHEME.match(url) is not None

    def locate(self, url: str, target: Target) -> Location:
        """Return the database that a URL means, or what is wrong with it."""
        try:
            found = parse(url, "")
        except NoAddress as error:
            return Location(self, problem=error.problem)
        if not found.user and not found.by_socket:
            problem = "names no user; write it as postgresql://USER:PASSWORD@HOST/NAME"
            return Location(self, problem=problem)
        place = PLACES[places.name_of(found)]
        locked_out = place.locked_out(found, target.app.name)
        return Location(self, found.database, None, place, locked_out)

    def variables(self, target: Target) -> dict[str, Variable]:
        """Return where the URL stands, and who works with the database."""
        return {
            "database_key": key(target),
            "server_reach": reach(target),
            "candidate": target.paths.candidate,
            "env_file": target.paths.env_file,
        }

    def told(self, target: Target, _name: str, environment: str) -> Told:
        """Return the words by which programs find the URL, and who works with the database."""
        named = ("--key", key(target))
        return Told(
            reach=("--environment", environment, *named, *reach(target)),
            expect=("--kind", "postgres", *named, "--user", target.app.name),
            rehearse=reach(target),
        )

    def copy(self, _target: Target) -> str:
        """Return that there is none: a copy is on the server."""
        return ""

    def own_check(self, _target: Target, _serving: str) -> tuple[Words, Mapping[str, Variable]]:
        """Return nothing: the server itself restores a backup."""
        return (), {}


POSTGRES = Postgres()


def reach(target: Target) -> Words:
    """
    Return who works with a database, as the host's programs are told, before its URL is known.

    A server that has a superuser for it is administered by that one, any other by the app's role.
    """
    found = [word for place in PLACES.values() for word in place.reach]
    found += ["--user", target.app.name]
    declared = target.app.database
    if declared and declared.as_superuser:
        found.append("--trusted")
    if declared and declared.history_schema:
        found += ["--history-schema", declared.history_schema]
    if declared and declared.direct_url:
        found += ["--pooled", declared.url]
    return tuple(found)
