"""An app's database."""

from changeover.settings.base import EnvironmentKey, Strict


class Database(Strict):
    """A database, SQLite or PostgreSQL. The environment says where it is."""

    url: EnvironmentKey = "DATABASE_URL"
    """The key of the environment that has its URL: ``sqlite:///...`` or ``postgresql://...``. Each
    host may have another kind."""
    direct_url: EnvironmentKey | None = None
    """The key of the environment that has the URL of the server itself, if ``url`` leads to a
    connection pooler (PgBouncer). Every host needs it then; one without a pooler has the same value
    twice. It may have another role, which has to be allowed everything that the app's is."""
    history_schema: str | None = None
    """The schema in which migrations are recorded, if neither the URL nor the role says it: a
    ``version_table_schema`` in ``env.py``, a ``search_path`` that the app's code sets."""
    as_superuser: bool = False
    """True lets a PostgreSQL server's superuser back up and restore, instead of the app's role: for
    a database with objects that do not belong to the role. The app can then become that
    superuser."""

    @property
    def reached_by(self) -> str:
        """Return the environment key of the URL that leads to the database itself."""
        return self.direct_url or self.url
