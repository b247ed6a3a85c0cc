"""
Having the folder of a database be one that can take a database, whatever its app made of it.

All of it happens with the app's own rights.
"""

import os
from pathlib import Path

from ..files import Failure
from .place import MOST_LINKS, Place, Walk, free

_MODE = 0o750


def clear(place: Place, suffix: str) -> None:
    """
    Have the folders on the way to a database be folders, with all rights for their owner.

    A link of the app's out of its own folder or to what is not its own is renamed, and so is what
    else lies in a folder's place.
    """
    parent = place.database.absolute().parent
    for _ in range(MOST_LINKS):
        walk = Walk(place, opens=True)
        try:
            found = walk.end(parent)
            walk.require_own(found)
        except Failure:
            if walk.suspect is None:
                raise
            _rename_away(walk.suspect, suffix)
            continue
        for folder in (*reversed(found.parents), found):
            if walk.is_inside(folder):
                _have(folder, walk, suffix)
        return


def _have(folder: Path, walk: Walk, suffix: str) -> None:
    if os.path.lexists(folder):
        if not folder.is_dir():
            _rename_away(folder, suffix)
    elif folder not in walk.allowed:  # that one is not the app's to make
        _make(folder)
    if folder.is_dir():
        walk.open(folder)


def _rename_away(path: Path, suffix: str) -> None:
    path.rename(free(path, suffix))
    _make(path)


def _make(folder: Path) -> None:
    folder.mkdir(mode=_MODE)
    # the folder above may have a list of rights for new ones
    folder.chmod(_MODE)
