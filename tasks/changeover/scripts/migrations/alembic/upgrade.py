# All steps in one process, each committed by itself: to each in turn an "alembic upgrade" of Alembic's own, with
# all of env.py, so that what this sets up holds for each. Where it migrates several databases or schemas, a step
# is taken in each of them. Most set up nothing in the transaction, and migrate one: then the first run, which
# shows that, is followed by one for all others, as connecting anew for each costs more than most steps.
import gc, sqlite3

sys.path[:] = [path for path in sys.path if path]  # a folder of the release may be called alembic
from alembic.config import CommandLine
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event

configure, run = EnvironmentContext.configure, MigrationContext.run_migrations
from_config, read = ScriptDirectory.from_config, {}
_FLUSH = "pg_catalog.pg_stat_force_next_flush()"


class Turn:
    """One run of env.py, for the steps that are named; None stands for all that is left."""

    def __init__(self, *names, together=False):
        self.names, self.together = names, together
        self.places, self.taken, self.more = 0, [], False
        self.engines, self.files = {}, set()

    def run(self):
        global turn
        turn = self
        try:
            command.main(["-c", config, "upgrade", "heads"])
        except SystemExit as end:  # Alembic's own -1 would look like the end of a killed process
            sys.exit(1 if isinstance(end.code, int) else end.code)
        self.settle()

    def plan(self, found, heads, context):
        here = set()
        for name in self.names:
            if self.together:
                getattr(context.connection, "rollback", lambda: None)()  # only heads were read
                steps.begin(name)
            for step in needed(name, found):
                revision = step.revision
                if revision.revision in here:
                    continue
                yield step
                here.add(revision.revision)
                self.taken.append(revision.revision)
                heads = heads - set(revision._all_down_revisions) | {revision.revision}
                steps.require(revision.revision, heads, current_heads(context))
            if self.together:
                steps.settle(context.dialect.name, context.connection.connection)
        self.note(context)

    def note(self, context):
        """Note what is to be settled once env.py has committed."""
        kind = context.dialect.name
        if kind == "sqlite":
            rows = asked(context, "PRAGMA database_list")
            self.files.update(row[2] for row in rows if row[1] == "main")
        elif kind == "postgresql" and steps.watched and not self.together:
            # looked for before, as an error would end what env.py has begun
            if asked(context, f"SELECT to_regprocedure('{_FLUSH}') IS NOT NULL")[0][0]:
                asked(context, f"SELECT {_FLUSH}::text")

    def settle(self):
        for engine in self.engines.values():
            if not getattr(engine.dialect, "is_async", False):
                engine.dispose()
            elif type(engine.pool).__name__ != "NullPool":
                engine.dispose(close=False)  # its event loop has ended, so nothing can be awaited
                gc.collect()
        for file in self.files:
            if os.path.exists(f"{file}-wal"):
                connection = sqlite3.connect(file)
                steps.settle("sqlite", connection)
                connection.close()

    def noticed(self, *_):
        self.more = True


def needed(name, found):
    """Return those steps that one needs, itself among them, in their order."""
    if name is None:
        return found
    names = {name}
    for step in reversed(found):
        if step.revision.revision in names:
            names.update(step.revision._all_down_revisions)
    return [step for step in found if step.revision.revision in names]


def asked(context, statement):
    """Ask by the driver itself: the app may have said to SQLAlchemy how a transaction begins."""
    cursor = context.connection.connection.cursor()
    try:
        cursor.execute(statement)
        return cursor.fetchall()
    finally:
        cursor.close()


def in_transaction(connection):
    """Tell whether one is open, for SQLAlchemy or for the driver, which env.py may have used by itself."""
    driver = connection.connection
    driver = getattr(driver, "dbapi_connection", None) or getattr(driver, "connection", driver)
    status = getattr(getattr(driver, "info", None), "transaction_status", 0)
    return bool(connection.in_transaction() or getattr(driver, "in_transaction", False) or status)


def current_heads(context):
    begun = context.connection.in_transaction()
    heads = set(context.get_current_heads())
    if not begun:  # what was read for this ends here
        getattr(context.connection, "rollback", lambda: None)()
    return heads


def configure_turn(self, *args, **how):
    if turn.together:
        how["transaction_per_migration"] = True
    configure(self, *args, **how)


def run_turn(self, **how):
    found = self._migrations_fn
    turn.places += 1
    turn.engines[id(self.connection.engine)] = self.connection.engine
    if turn.together and (turn.places > 1 or in_transaction(self.connection)):
        turn.more = True  # it is not as it was before: nothing is taken in this turn
        self._migrations_fn = lambda heads, context: ()
    else:
        self._migrations_fn = lambda heads, context: turn.plan(
            list(found(heads, context)), set(heads), context
        )
    run(self, **how)
    # what comes after it belongs to its transaction
    event.listen(self.connection, "before_cursor_execute", turn.noticed)


def from_config_once(config):
    key = config.config_file_name, config.config_ini_section
    if key not in read:  # each turn would read all files
        read[key] = from_config(config)
    return read[key]


EnvironmentContext.configure, MigrationContext.run_migrations = configure_turn, run_turn
ScriptDirectory.from_config = from_config_once
command = CommandLine(prog="alembic")
config, *left = sys.argv[1:]
done, several, alone, tried = set(), False, True, False
while left:
    if alone:
        steps.begin(left[0])
    turn = Turn(left[0]) if alone else Turn(*left, together=True)
    turn.run()
    if alone or turn.taken:
        missing = [name for name in turn.names if name not in turn.taken]
        if missing:
            sys.exit(f"{missing[0]} waited, and was not taken: does env.py run all migrations?")
        if turn.places == 1 and not done.isdisjoint(turn.taken):
            again = ", ".join(name for name in turn.taken if name in done)
            sys.exit(f"{again}: was taken, and is not there: does env.py commit?")
        left = left[len(turn.names) :]
        done.update(turn.taken)
    several, tried = several or turn.places > 1, tried or turn.together
    # all others at once, unless that is something else, as the first has shown or this was tried
    alone = tried or turn.places > 1 or turn.more
if several:  # what one of them has not, and the app's own has had for long
    Turn(None).run()
