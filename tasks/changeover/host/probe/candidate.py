"""What a URL leads to that is not in force yet."""

import os
import tempfile
from typing import Any

from . import database, environment
from .asked import Asked
from .parts import part


def answer(asked: Asked, given: bytes) -> dict[str, Any] | None:
    """Return what is told of the URL in these lines; None without our programs: nobody can."""
    if not os.access(asked.program("postgres_backup"), os.X_OK):
        return None
    url = environment.url(environment.parsed(given), asked.database_key)
    # our programs read files; this one is root's alone, and gone in the end
    with tempfile.NamedTemporaryFile() as file:
        file.write(given)
        file.flush()
        told = part("database", lambda: database.read(asked, url, file.name))
        if asked.local_server:
            told |= part("wanting", lambda: database.wanting(asked, file.name))
    return told
