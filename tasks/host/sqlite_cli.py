"""The command line: one JSON object on standard output, words on standard error."""

import argparse
import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

from . import (
    backup_files,
    sqlite_archive,
    sqlite_content,
    sqlite_files,
    sqlite_losses,
    sqlite_restore,
)
from .changeover_files import Failure

# What to do about the words of SQLite and of the system.
REMEDIES = (
    ("not a database", "it is no SQLite database or it is encrypted: check the path"),
    ("malformed", "it is damaged: restore a backup, or salvage it with sqlite3's .recover"),
    ("locked", "another process keeps it locked: stop that process, then run this again"),
    ("is full", "free space in that file system, then run this again"),
    ("No space left", "free space in that file system, then run this again"),
    ("unable to open", "check the path, the folder and its permissions"),
    ("cannot decompress", "use another backup"),
    ("'zstd'", "install the package zstd"),
)


def _backup(options: argparse.Namespace) -> dict[str, Any]:
    fields = sqlite_archive.Request._fields
    return sqlite_archive.backup(
        sqlite_archive.Request(**{name: getattr(options, name) for name in fields})
    )


def _verify(options: argparse.Namespace) -> dict[str, Any]:
    return sqlite_archive.verify(options.manifest)


def _restore(options: argparse.Namespace) -> dict[str, Any]:
    return sqlite_restore.restore(
        options.manifest, options.database, options.keep_as, options.unless_unchanged
    )


def _losses(options: argparse.Namespace) -> dict[str, Any]:
    return sqlite_losses.losses(options.manifest, options.database)


def _fingerprint(options: argparse.Namespace) -> dict[str, Any]:
    found = sqlite_files.fingerprint(options.database)
    return {"database": str(options.database), "fingerprint": found}


def _digest(options: argparse.Namespace) -> dict[str, Any]:
    with sqlite_content.open_source(options.database) as connection:
        sqlite_content.pin_snapshot(connection)
        return {"database": str(options.database), **sqlite_content.read_content(connection)}


def _revisions(options: argparse.Namespace) -> dict[str, Any]:
    path = options.database
    found: dict[str, Any] = {
        "database": str(path),
        "exists": path.exists(),
        "version": sqlite3.sqlite_version,
        "size": None,
        "revisions": [],
        "fingerprint": sqlite_files.fingerprint(path),
        "error": None,
    }
    if path.exists():
        try:
            found["size"] = path.stat().st_size
            with sqlite_content.open_source(path) as connection:
                found["revisions"] = sqlite_content.read_revisions(
                    connection, options.revision_table
                )
        except (Failure, sqlite3.Error, OSError) as error:
            found["error"] = str(error)
    return found


def _inspect(options: argparse.Namespace) -> dict[str, Any]:
    path = options.database
    found: dict[str, Any] = {"database": str(path), "exists": path.exists()}
    if not path.exists():
        return found
    with sqlite_content.open_source(path) as connection:
        sqlite_content.pin_snapshot(connection)
        return found | {
            "size": path.stat().st_size,
            "journal_mode": sqlite_content.pragma(connection, "journal_mode"),
            "revisions": sqlite_content.read_revisions(connection, options.revision_table),
            "rows": sqlite_content.count_rows(connection),
        }


def _path(text: str) -> Path:
    # A link is followed here once, so that the file itself is swapped and not the link.
    return Path(text).resolve()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sqlite_backup", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, run: Any, text: str, *paths: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        for path in paths:
            added.add_argument(f"--{path}", type=_path, required=True, metavar="PATH")
        return added

    def revision_table(added: argparse.ArgumentParser) -> None:
        added.add_argument("--revision-table", default="alembic_version", metavar="TABLE")

    take = command("backup", _backup, "take a backup and verify it by restoring it", "database")
    take.add_argument("--into", type=_path, required=True, metavar="DIR")
    for name in ("name", "app", "release", "commit"):
        take.add_argument(f"--{name}", required=True)
    revision_table(take)
    command("verify", _verify, "restore a backup into a scratch database and compare", "manifest")
    back = command("restore", _restore, "put a backup in place", "manifest", "database")
    back.add_argument("--keep-as", metavar="SUFFIX", help="suffix for the replaced database")
    back.add_argument(
        "--unless-unchanged", action="store_true", help="not if nothing was written since"
    )
    command("losses", _losses, "tell what a restore would lose", "manifest", "database")
    command("fingerprint", _fingerprint, "tell the state of a database's files", "database")
    command("digest", _digest, "tell the digests of a database's content", "database")
    revision_table(
        command("revisions", _revisions, "tell which migrations a database has", "database")
    )
    revision_table(command("inspect", _inspect, "tell what a database is", "database"))
    return parser


def _explain(options: argparse.Namespace, error: Exception) -> str:
    """Return one line: which database, what is wrong, what to do."""
    subject = getattr(options, "database", None) or options.manifest
    what = " ".join(str(error).split())
    remedies = (remedy for words, remedy in REMEDIES if words in what)
    stages = "".join(f" during {note}" for note in getattr(error, "__notes__", []))
    if isinstance(error, sqlite3.Error):
        what = f"SQLite says: {what}"
    remedy = next(remedies, None)
    return f"{options.command} of {subject} failed{stages}: {what}" + (
        f"; {remedy}" if remedy else ""
    )


def main() -> int:
    """Run one command."""
    options = _parser().parse_args()
    backup_files.begin()
    try:
        result = options.run(options)
    except (Failure, sqlite3.Error, OSError, UnicodeError) as error:
        sys.stderr.write(f"sqlite_backup: {_explain(options, error)}\n")
        return 1
    sys.stdout.write(json.dumps(result, sort_keys=True) + "\n")
    return 0
