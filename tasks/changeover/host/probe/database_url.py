"""A database's URL as it may be told: without its password, and only where and who."""

from ..postgres import address
from ..sqlite import address as file_address


def is_server(url: str) -> bool:
    """Tell whether it leads to a PostgreSQL server."""
    return address.SCHEME.match(url) is not None


def told(url: str) -> str | None:
    """Return what may be told of it; None where there is none."""
    if url.startswith(file_address.SCHEME):
        return url.partition("?")[0]
    if is_server(url):
        return address.without_secrets(url)
    return "other" if url else None


def server_name(url: str) -> str:
    """Return the name or address of its server, "" where it has none."""
    try:
        found = address.parse(url, "it")
    except address.NoAddress:
        return ""
    return "" if found.by_socket else found.reached


def database_name(url: str) -> str:
    """Return the name of the database on its server, in words where it has none."""
    try:
        return address.parse(url, "it").database
    except address.NoAddress:
        return "the database"


def sqlite_file(url: str, shared: str) -> str:
    """Return the file of SQLite's that it leads to, "" where it leads to none."""
    return file_address.file_of(url, shared)
