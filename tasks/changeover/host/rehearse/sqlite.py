"""A scratch copy of a SQLite database, restored from an artefact of it."""

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ..app import child as app_child
from ..app import user as app_user
from ..app.leaf import Leaf
from ..backup import files as backup_files
from ..expect import data as expect_data
from ..expect import of_sqlite
from ..files import Failure
from ..revisions.table import asked, names, read_sqlite
from ..sqlite import archive as sqlite_archive
from ..sqlite import content as sqlite_content
from ..sqlite import opening as sqlite_open
from ..sqlite import place as sqlite_place
from ..sqlite.place import Place, located
from .look import Column, Look, Table

_QUERY_SECONDS = 60.0
_INNER = re.compile(r"sqlite_")


class SqliteCopy:
    """The copy, which is read as the app's user, who may write it."""

    says_locks = "the whole database is locked meanwhile"

    def __init__(self, leaf: Leaf, name: str, url: str) -> None:
        """Take the folder and the name of the file, and the URL under which the app finds it."""
        self.leaf, self.url = leaf, url
        self.place = Place(leaf.seen / name, leaf.user)

    def look(self, *, ended: bool = False) -> Look:  # noqa: ARG002 - a file has no sessions
        """Return what is there."""
        room = sqlite_archive.room(self.leaf.folder)
        found = self.leaf.run(partial(_look, self.place), largest=room)
        return {name: _table(about) for name, about in found.items()}

    def revisions(self) -> list[str]:
        """Return what it says of itself."""
        return list(map(str, self.leaf.run(partial(_revisions, self.place))))

    def unexpected(self, asked: Mapping[str, Any], _environment: Path) -> str:
        """Return what is not as expected, a line each; the file is looked at itself."""
        found = self.leaf.run(partial(_unexpected, self.place, asked["expectations"]))
        return "".join(f"not as expected: {line}\n" for line in found)

    def sample(self) -> None:
        """Look for nothing: a file has but one lock."""

    def locks(self) -> dict[str, str]:
        """Return nothing: ``says_locks`` says it."""
        return {}


def _look(place: Place) -> Look:
    with sqlite_open.open_source(located(place)) as connection:
        sqlite_open.pin_snapshot(connection)
        counts = sqlite_content.count_rows(connection, place.database.parent)
        moves = bool(sqlite_content.pragma(connection, "auto_vacuum"))
        roots = dict(connection.execute("SELECT name, rootpage FROM sqlite_master"))
        return {
            name: Table(rows, _columns(connection, name), "" if moves else str(roots[name]))
            for name, rows in counts.items()
            if not _INNER.match(name)
        }


def _table(about: list[Any]) -> Table:
    """Return a table that came through a pipe, where tuples are lists."""
    rows, columns, *others = about
    return Table(rows, {name: Column(*column) for name, column in columns.items()}, *others)


def _revisions(place: Place) -> list[str]:
    with sqlite_open.open_source(located(place)) as connection:
        sqlite_open.pin_snapshot(connection)
        return names(read_sqlite(connection, asked()))


def _unexpected(place: Place, expectations: list[dict[str, Any]]) -> list[str]:
    with of_sqlite.opened(place, _QUERY_SECONDS) as database:
        return expect_data.failures(database, expectations)


def _columns(connection: Any, table: str) -> dict[str, Column]:
    query = 'SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_xinfo(?)'
    return {
        # SQLite itself fills the key of a row
        name: Column(kind.lower(), bool(not_null), default is not None or bool(key))
        for name, kind, not_null, default, key in connection.execute(query, [table])
    }


class SqliteOriginal:
    """The app's own file."""

    def __init__(self, place: Place, url: str) -> None:
        """Take whose file it is, and the URL under which the app finds it."""
        self._place, self._url = place, url

    def is_empty(self) -> bool:
        """Tell whether there is no table at all."""
        return bool(app_child.run(self._place.user, partial(_is_empty, self._place)))

    def copied(self, work: Path) -> contextlib.AbstractContextManager[SqliteCopy]:
        """Back it up and give a copy."""
        return copied(self._place, self._url, work)

    def turned(self, _url: str, copy: str) -> str:
        """Return the copy's: to a file there is one way alone."""
        return copy

    def clear(self) -> None:
        """Do nothing: all of a copy is in the work folder."""


def _is_empty(place: Place) -> bool:
    with sqlite_open.open_source(located(place)) as connection:
        sqlite_open.pin_snapshot(connection)
        return not sqlite_content.table_names(connection)


@contextlib.contextmanager
def copied(place: Place, url: str, work: Path) -> Iterator[SqliteCopy]:
    """
    Back a live database up and give the file into which the artefact was restored, compared.

    People go on writing: a database without a write-ahead log is locked only while it is copied.
    """
    artefact, leaf = work / "artefact.sqlite.zst", Leaf(work / "data", place.user)
    size = app_child.run(place.user, partial(sqlite_place.size, place))
    backup_files.require_space(work, 2 * size)
    copying = partial(_copy, place, leaf.seen / "copy")
    mode, content = leaf.run(copying, largest=sqlite_archive.room(work))
    uncompressed = sqlite_archive.compressed(leaf, "copy", artefact)
    described = {
        "artefact": {
            "name": artefact.name,
            "size": artefact.stat().st_size,
            "sha256": backup_files.sha256_of(artefact),
            "uncompressed_size": uncompressed,
        },
        "content": content,
    }
    name = place.database.name
    sqlite_archive.restore_to_scratch(
        described, work, leaf, name, "wal" if mode == "wal" else "delete"
    )
    artefact.unlink()
    yield SqliteCopy(leaf, name, _moved(url, leaf.seen / name))


def _copy(place: Place, copy: Path) -> tuple[str, sqlite_content.Content]:
    with sqlite_open.open_source(located(place)) as source:
        sqlite_open.pin_snapshot(source)
        mode = str(sqlite_content.pragma(source, "journal_mode"))
        sqlite_open.copy_database(source, copy)
        source.execute("ROLLBACK")
    sqlite_open.set_journal_mode(copy, "delete")
    with sqlite_open.open_copy(copy) as connection:
        return mode, sqlite_content.read_content(connection, partial(sqlite_content.itself, copy))


def give(path: Path, user: str) -> None:
    """Make a file or a folder the app's, as far as we may."""
    if os.geteuid() == 0:
        found = app_user.find(user)
        os.chown(path, found.pw_uid, found.pw_gid)


def _moved(url: str, path: Path) -> str:
    """Return a URL that leads to another file; what stands behind its ? stays."""
    scheme, _, rest = url.partition(":///")
    if not rest:
        raise Failure("the URL of the database is none of SQLite: expected sqlite:///PATH")
    _, mark, query = rest.partition("?")
    return f"{scheme}:///{path}{mark}{query}"
