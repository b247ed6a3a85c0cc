"""The command line: one JSON object on standard output, words on standard error."""

import argparse
import json
import sqlite3
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from ..app import child as app_child
from ..backup import files as backup_files
from ..files import Failure
from . import archive, losses, restore, verdict
from . import look as sqlite_look
from .place import Place

_FIRST_A_COPY = (
    "nothing was written to it: stop the app and copy the file, with its -wal and -journal, before"
    " anything else; of such a copy sqlite3's .recover makes a new file"
)
# What to do about the words of SQLite and of the system.
REMEDIES = (
    ("not a database", "it is no SQLite database or it is encrypted: check the path"),
    ("it is damaged", _FIRST_A_COPY),
    ("malformed", f"it is damaged: {_FIRST_A_COPY}"),
    ("locked", "another process keeps it locked: stop that process, then run this again"),
    ("is full", "free space in that file system, then run this again"),
    ("No space left", "free space in that file system, then run this again"),
    ("quota exceeded", "free space that the app's user takes there, then run this again"),
    ("Permission denied", "the app's own user may not go there: check the path and its owners"),
    ("unable to open", "check the path, the folder and its permissions"),
    ("cannot decompress", "use another backup"),
    ("'zstd'", "install the package zstd"),
)


def _place(options: argparse.Namespace, user: str = "") -> Place:
    """Return which database is meant, and whose it is."""
    user = options.user or user
    if not user:
        raise Failure("as whom is it to be read? give --user, the app's user")
    return Place(options.database, user, options.within)


def _backup(options: argparse.Namespace) -> dict[str, Any]:
    names = ("into", "name", "app", "release", "commit", "own")
    wanted = {name: getattr(options, name) for name in names}
    made = archive.backup(archive.Request(place=_place(options, options.app), **wanted))
    if made["unchecked"]:
        sys.stderr.write(f"{verdict.told(made['content'], made['unchecked'])}\n")
    return made


def _app_of(options: argparse.Namespace) -> str:
    return str(archive.load_manifest(options.manifest).get("app", ""))


def _verify(options: argparse.Namespace) -> dict[str, Any]:
    return archive.verify(options.manifest, options.user or _app_of(options))


def _restore(options: argparse.Namespace) -> dict[str, Any]:
    place = _place(options, _app_of(options))
    return restore.restore(
        options.manifest,
        place,
        options.keep_as,
        unless_unchanged=options.unless_unchanged,
        in_spite=options.in_spite,
    )


def _losses(options: argparse.Namespace) -> dict[str, Any]:
    return losses.losses(options.manifest, _place(options, _app_of(options)))


def _set_aside(options: argparse.Namespace) -> dict[str, Any]:
    moved = restore.set_aside(_place(options), options.keep_as)
    return {"database": str(options.database), "moved": moved}


def _connections(options: argparse.Namespace) -> list[str]:
    return restore.open_in(_place(options))


def _looked(look: Callable[..., dict[str, Any]]) -> Callable[[argparse.Namespace], dict[str, Any]]:
    """Return a command that only looks, as the app's user."""

    def run(options: argparse.Namespace) -> dict[str, Any]:
        place = _place(options)
        found = app_child.run(place.user, partial(look, place))
        return {"database": str(options.database), **found}

    return run


_LOOKS: dict[str, tuple[Callable[..., dict[str, Any]], str]] = {
    "fingerprint": (sqlite_look.fingerprint, "tell the state of a database's files"),
    "digest": (sqlite_look.digest, "tell the digests of a database's content"),
    "revisions": (sqlite_look.revisions, "tell which migrations a database has"),
    "inspect": (sqlite_look.inspect, "tell what a database is"),
}


def _path(text: str) -> Path:
    # a link may be the app's: nothing is followed here
    return Path(text).absolute()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sqlite_backup", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, run: Any, text: str, *paths: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        for path in paths:
            added.add_argument(f"--{path}", type=_path, required=True, metavar="PATH")
        added.add_argument("--user", help="the app's user, as whom its files are read and written")
        added.add_argument(
            "--within", type=_path, metavar="DIR", help="out of which no link of the app may lead"
        )
        return added

    take = command("backup", _backup, "take a backup and verify it by restoring it", "database")
    take.add_argument("--into", type=_path, required=True, metavar="DIR")
    for name in ("name", "app", "release", "commit"):
        take.add_argument(f"--{name}", required=True)
    take.add_argument(
        "--own",
        default="",
        metavar="SCRIPT",
        help="bash that has the app's own SQLite check the copy in the folder that it is told",
    )
    command("verify", _verify, "restore a backup into a scratch database and compare", "manifest")
    back = command("restore", _restore, "put a backup in place", "manifest", "database")
    back.add_argument("--keep-as", metavar="SUFFIX", help="suffix for the replaced database")
    back.add_argument(
        "--unless-unchanged", action="store_true", help="not if nothing was written since"
    )
    back.add_argument(
        "--in-spite", action="store_true", help="of anybody but root who has the old one open"
    )
    command("losses", _losses, "tell what a restore would lose", "manifest", "database")
    aside = command("set-aside", _set_aside, "rename it out of the way", "database")
    aside.add_argument("--keep-as", required=True, metavar="SUFFIX")
    command("connections", _connections, "list who has it open", "database")
    for name, (look, text) in _LOOKS.items():
        command(name, _looked(look), text, "database")
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
