"""
What a restore is about to do, for the one that goes on after it was killed.

It lies beside the backup, where root alone writes: what lies in the app's own folder, the app may
have made.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import TypedDict

from .. import files as changeover_files
from .. import json_text, plain_file
from ..files import Failure
from .files import FileState


class Aside(TypedDict):
    """What is about to be moved aside, and under which name."""

    replaced: str
    moved: bool
    """Whether there is anything to move."""
    files: dict[str, FileState | None]
    """The state of each companion, by its suffix."""


class Note(TypedDict):
    """What a restore has in hand."""

    new: str
    """The file that is being written, beside the database."""
    aside: Aside | None
    """None until the files begin to move."""


def path(folder: Path, database: Path) -> Path:
    """Return where it lies, by the folder of the backups and the database as it was named."""
    return folder / f".restore-{hashlib.sha256(os.fsencode(database)).hexdigest()[:16]}"


def read(file: Path) -> Note | None:
    """Return what a killed restore noted. Raises Failure where that is damaged."""
    try:
        found: Note = json_text.read(plain_file.read_text(file))
        return {"new": found["new"], "aside": found["aside"]}
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise Failure(f"{file} is not readable: look at it and move it away") from None


def write(file: Path, note: Note) -> None:
    """Note durably what is about to be done."""
    changeover_files.write(file, json.dumps(note).encode(), owner=(os.geteuid(), os.getegid()))


def clear(file: Path) -> None:
    """Note that it is done."""
    file.unlink(missing_ok=True)
