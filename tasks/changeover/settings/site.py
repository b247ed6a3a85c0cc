"""What nginx does for an app."""

from typing import Literal

from changeover.settings.base import RelativePath, Strict


class Site(Strict):
    """What nginx does for the app."""

    app_paths: tuple[str, ...] = ("/",)
    """Path prefixes that go to the app. With a front end, all others are static files."""
    static: RelativePath | None = None
    """Folder of static files, relative to the app. None if the app serves everything."""
    static_prefix: str | None = None
    """Path prefix of the static files. None if they are the site itself."""
    static_hashed: bool = False
    """True if the names below ``static_prefix`` change with the content: browsers keep them for
    ever."""
    content_security_policy: str | None = None
    """Another Content-Security-Policy than the default, which allows own sources only. It and the
    next three are sent if the app sends none of its own; ``""`` sends none at all."""
    frame_options: Literal["DENY", "SAMEORIGIN", ""] = "DENY"
    """X-Frame-Options: whether other pages may show this site in a frame."""
    permissions_policy: str = "camera=(), geolocation=(), microphone=()"
    """Permissions-Policy: what pages may use of a browser."""
    referrer_policy: str = "strict-origin-when-cross-origin"
    """Referrer-Policy: what other sites learn about where a visitor comes from."""
