"""A database's URL, as an environment file holds it."""

from pathlib import Path

from . import plain_file
from .environment_file import File
from .files import Failure


def read_value(path: Path, key: str) -> str:
    """Return a value of an environment file, as systemd reads it."""
    return value_in(plain_file.read_text(path), key, str(path))


def value_in(text: str, key: str, path: str) -> str:
    """Return a value of such a file's text; messages name its path."""
    found = File(text).value(key)
    if found is None:
        raise Failure(f"{path} has no {key}: write the database's URL there")
    return found
