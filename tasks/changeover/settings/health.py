"""How an app says that it is healthy."""

from changeover.settings.base import Strict
from changeover.settings.expect import Http, UrlPath


class Health(Strict):
    """How the app says that it is healthy."""

    path: UrlPath = "/api/health"
    """Path that answers 200 with JSON that has ``release`` (the commit) and ``schema``."""
    expect: tuple[Http, ...] = ()
    """Pages that must answer as declared before a release is committed."""
