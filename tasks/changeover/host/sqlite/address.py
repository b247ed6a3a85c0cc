"""Where a database is: the URL of a file, as SQLAlchemy and Django's dj-database-url write it."""

from pathlib import PurePosixPath

SCHEME = "sqlite:///"
_IN_MEMORY = ":memory:"


def named(url: str) -> PurePosixPath | None:
    """Return the path that a URL says; a relative one is relative to the release."""
    name = url.removeprefix(SCHEME).partition("?")[0]
    return PurePosixPath(name) if url.startswith(SCHEME) and name not in ("", _IN_MEMORY) else None


def file_of(url: str, shared: str) -> str:
    """Return the full path of a URL's file, a shared one of the app's; "" where there is none."""
    found = named(url)
    return str(PurePosixPath(shared) / found) if found else ""
