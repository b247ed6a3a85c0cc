"""The locks that migrations take on the tables of a copy, and for whom they mean waiting."""

# ruff: noqa: S608 - names are constants

from ..postgres.access import Access
from ..postgres.session import Session, Trouble, above
from ..postgres.session import name as quoted

OURS = "changeover_rehearsal"
"""The schema of a copy in which its locks are noted."""
# The weakest first. Reading takes the first, and nobody waits for that.
_MODES = (
    *("AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock"),
    *("ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"),
)
_WHAT = {
    "ShareLock": "nobody else can write",
    "ShareRowExclusiveLock": "nobody else can write",
    "ExclusiveLock": "nobody else can write",
    "AccessExclusiveLock": "nobody else can read or write",
}
# A statement may be over before anybody looks, so each that changes the schema notes its locks.
_NOTES = (
    f"CREATE SCHEMA {OURS}",
    f"CREATE UNLOGGED TABLE {OURS}.locks (relation oid, mode text)",
    f"""CREATE FUNCTION {OURS}.note() RETURNS event_trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = '' AS $$ BEGIN
        INSERT INTO {OURS}.locks SELECT relation, mode FROM pg_catalog.pg_locks
        WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'relation' AND granted;
    END $$""",
    f"CREATE EVENT TRIGGER {OURS} ON ddl_command_end EXECUTE FUNCTION {OURS}.note()",
)
_HELD = """
SELECT DISTINCT l.relation::text AS relation, l.mode FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_stat_activity a USING (pid)
WHERE l.locktype = 'relation' AND l.granted AND a.datname = current_database()
AND a.backend_type = 'client backend' AND l.pid <> pg_backend_pid()"""


class Locks:
    """The locks on the tables of one copy."""

    def __init__(self, access: Access, database: str, connection: Session) -> None:
        """Take the copy's database, and a connection to it; have it note locks if that may be."""
        self._connection = connection
        self.tables: dict[str, str] = {}
        """The name of each table that is of interest, by its oid."""
        self._held: dict[str, str] = {}
        self._noted = _have_noted(access, database)

    def sample(self) -> None:
        """Note those that are held at this moment."""
        self._note(self._connection.rows(_HELD))

    def strongest(self) -> dict[str, str]:
        """Return the strongest one of each table, since asked last."""
        if self._noted:
            self._note(self._connection.rows(f"SELECT relation::text, mode FROM {OURS}.locks"))
            self._connection.run(f"DELETE FROM {OURS}.locks")
        found, self._held = self._held, {}
        return found

    def _note(self, rows: list[dict[str, str]]) -> None:
        for row in rows:
            name, mode = self.tables.get(row["relation"], ""), row["mode"]
            if not name or mode not in _MODES[1:]:
                continue
            held = self._held.get(name, _MODES[0])
            self._held[name] = max(held, mode, key=_MODES.index)


def _have_noted(access: Access, database: str) -> bool:
    """Have each statement that changes the schema note its locks; tell whether that is so."""
    if not access.superuser:
        return False  # others may not make event triggers: what is seen has to do
    role = quoted(access.role)
    rights = (
        f"GRANT USAGE ON SCHEMA {OURS} TO {role}",
        f"GRANT SELECT, DELETE ON {OURS}.locks TO {role}",
    )
    try:
        # nothing that the app made is named or called there
        with above(access, database) as superuser:
            for statement in (*_NOTES, *rights):
                superuser.run(statement)
    except Trouble:
        return False
    return True


def means(mode: str) -> str:
    """Return what a lock is for everybody else, "" where nobody has to wait."""
    return _WHAT.get(mode, "")
