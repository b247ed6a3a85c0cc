"""How an app says that it is healthy."""

from typing import Literal

from changeover.settings.base import Strict
from changeover.settings.expect import Http, UrlPath


class Health(Strict):
    """How the app says that it is healthy."""

    path: UrlPath = "/api/health"
    """Path that answers as ``says`` tells."""
    says: tuple[Literal["release", "schema"], ...] = ("release", "schema")
    """What the JSON of that answer has: ``release``, the commit that runs, and ``schema``, the last
    migration that the database has. ``()`` if it says neither: then any page will do, and a
    redirect. Which code runs the host sees for itself, from the processes."""
    expect: tuple[Http, ...] = ()
    """Pages that must answer as declared before a release is committed."""
