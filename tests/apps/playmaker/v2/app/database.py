"""The connection to the database; Alembic makes the file and its tables."""

from sqlite3 import Connection
from urllib.parse import quote

from sqlalchemy import URL, Engine, MetaData, create_engine, event, make_url
from sqlalchemy.orm import DeclarativeBase, sessionmaker

from app.config import DatabaseSettings

BUSY_TIMEOUT_SECONDS = 5


class Base(DeclarativeBase):
    """All tables. Their constraints have names, so that batch migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def existing_file(url: URL) -> URL:
    """The same SQLite file, never created: a lost database must not pass for an empty one."""
    uri = "file:" + quote(url.database or "")
    return url.set(database=uri).update_query_dict({"mode": "rw", "uri": "true"})


def connect_options(engine: Engine, *, foreign_keys: bool) -> None:
    """Set on every new connection what SQLite does not remember, or defaults to unsafely."""

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Connection, _record: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        # NORMAL, usual with WAL, may lose the last commits with the power.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")


engine = create_engine(
    existing_file(make_url(DatabaseSettings().database_url)),
    connect_args={"timeout": BUSY_TIMEOUT_SECONDS},
)
connect_options(engine, foreign_keys=True)
Session = sessionmaker(engine, expire_on_commit=False)
