"""The app's role and database on the host's own server."""

from changeover.plans import candidate_database, databases
from changeover.plans.databases.kind import Location
from changeover.plans.decision import Decision, done, todo
from changeover.plans.script import script
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target


def decide_database(
    target: Target, snapshot: Snapshot, database: Location, *, later: bool = False
) -> Decision:
    """
    Decide whether the role and the database have to be made on the host's own server.

    ``later`` says that the role gets its new password with the environment.
    """
    if target.app.database is None or not database.place.provisioned:
        return done("the app has no database on a server of this host")
    wanting = snapshot.candidate.wanting if snapshot.candidate else None
    if wanting is None:
        unheard = snapshot.candidate and snapshot.database and snapshot.database.error
        if snapshot.database is None or unheard:
            return todo(f"the database {database.name} is not there or lets nobody in")
    elif lacking := [one for one in wanting if not (later and one == candidate_database.PASSWORD)]:
        return todo(f"the database {database.name} lacks: {', '.join(lacking)}")
    elif wanting:
        return done("the role gets its new password with the environment")
    return done(f"the database {database.name} is there")


def database_script(target: Target, database: Location) -> str:
    """Return the script that makes role and database; a URL that is new here comes on stdin."""
    return script(
        "provision/database",
        functions=databases.functions(database),
        **databases.variables(target, database),
        units=database.place.units,
        app=target.app.name,
    )
