# All steps in one process of Alembic's own, as "alembic upgrade heads" takes them, each committed by itself.
sys.path[:] = [path for path in sys.path if path]  # a folder of the release may be called alembic
from alembic.config import CommandLine
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext

configure, run = EnvironmentContext.configure, MigrationContext.run_migrations


def configure_each(self, *args, **how):
    how["transaction_per_migration"] = True
    configure(self, *args, **how)


def run_told(self, **how):
    plan = self._migrations_fn
    self._migrations_fn = lambda heads, context: told(plan(heads, context), set(heads), context)
    run(self, **how)


def told(plan, heads, context):
    together, before = (
        context._in_external_transaction,
        None,
    )  # of env.py: then nothing is there before the end
    for step in plan:
        revision = step.revision
        if before:
            arrived(before, heads, context, together)
        steps.begin(revision.revision, also=together and before is not None)
        yield step
        before, heads = (
            revision.revision,
            heads - set(revision._all_down_revisions) | {revision.revision},
        )
    if before:
        arrived(before, heads, context, together)


def arrived(name, heads, context, together):
    steps.require(name, heads, set(context.get_current_heads()))
    if together:
        return
    rollback = getattr(context.connection, "rollback", lambda: None)
    rollback()  # what was read for this ends here
    # past SQLAlchemy, for which the app may have said how a transaction begins
    steps.settle(context.dialect.name, context.connection.connection)


EnvironmentContext.configure, MigrationContext.run_migrations = configure_each, run_told
CommandLine(prog="alembic").main(["-c", sys.argv[1], "upgrade", "heads"])
