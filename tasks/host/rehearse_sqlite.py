"""A scratch copy of a SQLite database, restored from an artefact of it."""

import contextlib
import os
import pwd
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import backup_files, sqlite_archive, sqlite_content, sqlite_files
from .changeover_files import Failure
from .rehearse_look import Column, Look, Table

_REVISIONS = "alembic_version"
_INNER = re.compile(r"sqlite_")


class SqliteCopy:
    """The copy, which the app's user may write."""

    says_locks = "the whole database is locked meanwhile"

    def __init__(self, path: Path, url: str) -> None:
        """Take the file, and the URL under which the app finds it."""
        self.path, self.url = path, url

    def look(self) -> Look:
        """Return what is there."""
        with sqlite_content.open_source(self.path) as connection:
            counts = sqlite_content.count_rows(connection)
            moves = bool(sqlite_content.pragma(connection, "auto_vacuum"))
            roots = dict(connection.execute("SELECT name, rootpage FROM sqlite_master"))
            return {
                name: Table(rows, _columns(connection, name), "" if moves else str(roots[name]))
                for name, rows in counts.items()
                if not _INNER.match(name)
            }

    def revisions(self) -> list[str]:
        """Return what it says of itself."""
        with sqlite_content.open_source(self.path) as connection:
            return sqlite_content.read_revisions(connection, _REVISIONS)

    def sample(self) -> None:
        """Look for nothing: a file has but one lock."""

    def locks(self) -> dict[str, str]:
        """Return nothing: ``says_locks`` says it."""
        return {}


def _columns(connection: Any, table: str) -> dict[str, Column]:
    query = 'SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_xinfo(?)'
    return {
        # SQLite itself fills the key of a row
        name: Column(kind.lower(), bool(not_null), default is not None or bool(key))
        for name, kind, not_null, default, key in connection.execute(query, [table])
    }


def is_empty(database: Path) -> bool:
    """Tell whether there is no table at all."""
    with sqlite_content.open_source(database) as connection:
        return not sqlite_content.table_names(connection)


@contextlib.contextmanager
def copied(database: Path, url: str, work: Path, user: str) -> Iterator[SqliteCopy]:
    """
    Back a live database up and give the file into which the artefact was restored, compared.

    People go on writing: a database without a write-ahead log is locked only while it is copied.
    """
    copy, artefact = work / "copy", work / "artefact.sqlite.zst"
    sqlite_content.require_database(database)
    size = database.stat().st_size
    wal = sqlite_files.companion(database, "-wal")
    size += wal.stat().st_size if wal.exists() else 0
    backup_files.require_space(work, 2 * size)
    with sqlite_content.open_source(database) as source:
        sqlite_content.pin_snapshot(source)
        mode = str(sqlite_content.pragma(source, "journal_mode"))
        sqlite_content.copy_database(source, copy)
        source.execute("ROLLBACK")
    sqlite_content.set_journal_mode(copy, "delete")
    with sqlite_content.open_copy(copy) as connection:
        content = sqlite_content.read_content(connection)
    sqlite_files.compress(copy, artefact)
    described = {
        "artefact": {
            "name": artefact.name,
            "size": artefact.stat().st_size,
            "sha256": backup_files.sha256_of(artefact),
            "uncompressed_size": copy.stat().st_size,
        },
        "content": content,
    }
    copy.unlink()  # its room is needed by what is restored
    folder = work / "data"
    folder.mkdir(mode=0o700)
    scratch = folder / database.name
    sqlite_archive.restore_to_scratch(
        described, work, scratch, "wal" if mode == "wal" else "delete"
    )
    artefact.unlink()
    give(folder, user)
    for file in folder.iterdir():
        give(file, user)
    yield SqliteCopy(scratch, _moved(url, scratch))


def give(path: Path, user: str) -> None:
    """Make a file or a folder the app's, as far as we may."""
    if os.geteuid() == 0:
        try:
            found = pwd.getpwnam(user)
        except KeyError:
            raise Failure(f"there is no system user {user} on this host") from None
        os.chown(path, found.pw_uid, found.pw_gid)


def _moved(url: str, path: Path) -> str:
    """Return a URL that leads to another file; what stands behind its ? stays."""
    scheme, _, rest = url.partition(":///")
    if not rest:
        raise Failure("the URL of the database is none of SQLite: expected sqlite:///PATH")
    _, mark, query = rest.partition("?")
    return f"{scheme}:///{path}{mark}{query}"
