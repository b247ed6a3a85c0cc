"""How an app's schema is migrated: a class for each engine, which `plans/migrations` has."""

from typing import ClassVar

from changeover.settings.base import Engines, RelativePath


class Migrations(Engines):
    """Migrations by some engine."""

    needs: ClassVar[tuple[str, ...]] = ("database",)
    """Parts of the app without which the engine cannot work."""


class Alembic(Migrations):
    """Migrations by Alembic."""

    needs: ClassVar[tuple[str, ...]] = ("python", "database")
    config: RelativePath = "alembic.ini"
    """Its configuration file, relative to the app. A release without it has no migrations."""
    scripts: RelativePath = "alembic"
    """The folder that ``script_location`` names, relative to the app."""
    backward_compatible: tuple[str, ...] = ()
    """Revisions after which older code still runs. Only across these is there a rollback of the
    code alone."""


class Django(Migrations):
    """Migrations by Django."""

    needs: ClassVar[tuple[str, ...]] = ("python", "database")
    manage: RelativePath = "manage.py"
    """Its program, relative to the app. A release without it has no migrations."""
    settings: str | None = None
    """``DJANGO_SETTINGS_MODULE``, if the program does not set it by itself."""
    models_may_differ: bool = False
    """True releases a commit whose models differ from its migrations. The difference is shown."""
    backward_compatible: tuple[str, ...] = ()
    """Migrations, as ``app.name``, after which older code still runs. Only across these is there a
    rollback of the code alone."""
