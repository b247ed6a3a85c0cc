"""How Alembic reaches the database; its address comes from DATABASE_URL."""

from logging.config import fileConfig
from sqlite3 import Connection as SqliteConnection

from alembic import context
from sqlalchemy import Connection, create_engine, event, pool

from app import models  # noqa: F401 - fills the metadata
from app.config import DatabaseSettings
from app.database import BUSY_TIMEOUT_SECONDS, Base, connect_options

URL = DatabaseSettings().database_url
OPTIONS = {"target_metadata": Base.metadata, "render_as_batch": True}


def write_sql() -> None:
    """Print the statements; touch no database."""
    context.configure(url=URL, literal_binds=True, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()


def migrate() -> None:
    """Run each migration in a transaction of its own: all of it happens, or nothing."""
    engine = create_engine(
        URL, poolclass=pool.NullPool, connect_args={"timeout": BUSY_TIMEOUT_SECONDS}
    )
    # Batch mode drops the table it has copied: with foreign keys on, rows elsewhere would go too.
    connect_options(engine, foreign_keys=False)

    # Python's driver begins no transaction before DDL, so SQLAlchemy is made to do it.
    @event.listens_for(engine, "connect")
    def leave_transactions_alone(connection: SqliteConnection, _record: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.connect() as connection:
        context.configure(
            connection=connection, transactional_ddl=True, transaction_per_migration=True, **OPTIONS
        )
        with context.begin_transaction():
            context.run_migrations()


if context.config.config_file_name:
    fileConfig(context.config.config_file_name, disable_existing_loggers=False)

if context.is_offline_mode():
    write_sql()
else:
    migrate()
