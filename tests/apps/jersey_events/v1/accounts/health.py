"""Which schema the database has, and whether it is the one that this code needs."""

from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader


class NotMigrated(Exception):
    """The database lacks a migration of this code."""


@cache
def known() -> frozenset[tuple[str, str]]:
    """The migrations of this code, as (app, name)."""
    return frozenset(MigrationLoader(None).disk_migrations)


def applied() -> set[tuple[str, str]]:
    """The migrations that the database has, also those of newer code."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return set(cursor.fetchall())


def schema() -> str:
    """The highest migration of each app, sorted; NotMigrated where this code needs more."""
    found = applied()
    if missing := sorted(known() - found):
        raise NotMigrated("not applied: " + ", ".join(f"{app}.{name}" for app, name in missing))
    highest = dict(sorted(found))
    return ", ".join(f"{app}.{name}" for app, name in highest.items())
