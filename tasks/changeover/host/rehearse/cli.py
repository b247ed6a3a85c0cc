"""The command line: what is to be rehearsed comes as JSON over standard input."""

import argparse
import contextlib
import json
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .. import plain_file
from ..backup import files as backup_files
from ..backup.manifest import utc_now
from ..database_url import read_value
from ..environment_file import quoted
from ..files import Failure, write
from ..postgres import reach as postgres_reach
from ..sqlite.place import Place
from . import limits
from .original import Original, SeenCopy
from .postgres import PostgresOriginal
from .run import Engine, rehearse
from .sqlite import SqliteOriginal, give

MARK = "CHANGEOVER_REHEARSAL"
_SAFE = "nothing was changed and the site was not closed"
_REMEDY = "Mend it, then release again."


def _say(line: str) -> None:
    sys.stdout.write(f"rehearsal: {line}\n")
    sys.stdout.flush()


def _run(options: argparse.Namespace) -> None:
    asked: dict[str, Any] = json.load(sys.stdin)
    began = time.monotonic()
    url = read_value(options.environment, asked["key"])
    original = _original(options, asked["app"], url)
    with contextlib.ExitStack() as stack:
        if original.is_empty():
            _say("the database is empty, so there is nothing to rehearse on")
            return
        try:
            copy = stack.enter_context(_copied(options, original))
        except Exception as error:
            error.add_note("making a copy of the data")
            raise
        made = time.monotonic() - began
        _say(f"today's data was backed up, and restored into a copy, in {made:.1f} s")
        limits.require_way_back(made, asked["limits"])
        environment = _write_environment(options, asked, original, copy.url)
        log = Path(asked["log"])
        log.unlink(missing_ok=True)
        log.touch(0o600)
        engine = Engine(asked["script"], asked["unit"], log)
        steps = rehearse(copy, engine, asked["steps"], asked["limits"], _say)
        _require_expected(asked, copy, environment)
    seconds = sum(step["seconds"] for step in steps)
    _say(f"the site will be closed for these {seconds:.1f} s, and for the backup and the restart")
    _keep(asked, {"steps": steps, "seconds": round(seconds, 2)})


def _original(options: argparse.Namespace, app: str, url: str) -> Original:
    """Return the database that the words name: a file, or what the URL leads to."""
    if options.sqlite:
        return SqliteOriginal(Place(options.sqlite.absolute(), app, options.within), url)
    return PostgresOriginal(url, app, postgres_reach.told(options))


@contextlib.contextmanager
def _copied(options: argparse.Namespace, original: Original) -> Iterator[SeenCopy]:
    folder: Path = options.folder
    with (
        backup_files.locked(folder.parent),
        backup_files.work_folder(folder) as work,
        original.copied(work) as copy,
    ):
        yield copy


def _write_environment(
    options: argparse.Namespace, asked: Mapping[str, Any], original: Original, url: str
) -> Path:
    """Write the environment in which the copy is the app's database; the last line counts."""
    text = plain_file.read_text(options.environment)
    lines = [f"{asked['key']}={quoted(url)}", f"{MARK}=yes"]
    other = asked.get("app_key", asked["key"])
    if other != asked["key"]:
        own = original.turned(read_value(options.environment, other), url)
        lines.append(f"{other}={quoted(own)}")
    path: Path = options.folder / "environment"
    write(path, "\n".join([text, "", *lines, ""]).encode())
    give(path, asked["app"])
    return path


def _require_expected(asked: Mapping[str, Any], copy: SeenCopy, environment: Path) -> None:
    """Have the data on the copy looked at, as the real data will be."""
    if not asked["expectations"]:
        return
    said = copy.unexpected(asked, environment)
    if said:
        raise Failure(f"{said.strip()}\nthe migrated copy is not as expected")
    _say(f"the migrated copy is as expected ({len(asked['expectations'])} looked at)")


def _keep(asked: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    about = {"release": asked["release"], "revisions": asked["revisions"], "when": utc_now()}
    write(Path(asked["kept"]), f"{json.dumps({**about, **found}, sort_keys=True)}\n".encode())


def _clear(options: argparse.Namespace) -> None:
    """Remove what a rehearsal left that was killed."""
    with backup_files.locked(options.folder.parent):
        backup_files.remove_work_folder(options.folder)
    if options.sqlite:
        return
    try:
        _original(options, "", read_value(options.environment, options.key)).clear()
    except (Failure, OSError) as error:
        # an undo must not hang on it: the next backup drops the scratch database too
        sys.stderr.write(f"rehearse: the scratch database may be left: {error}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rehearse", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, run, text in (
        ("run", _run, "rehearse migrations on a copy of today's data"),
        ("clear", _clear, "remove what a run that was killed left"),
    ):
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        added.add_argument("--folder", type=Path, required=True, help="for the copy; made, removed")
        added.add_argument("--environment", type=Path, required=True, metavar="FILE")
        added.add_argument("--key", default="DATABASE_URL", help="the URL's key in that file")
        added.add_argument("--sqlite", type=Path, metavar="PATH", help="the database, if a file")
        added.add_argument("--within", type=Path, metavar="DIR", help="as sqlite_backup knows it")
        postgres_reach.add_arguments(added)
    return parser


def main() -> int:
    """Run one command."""
    options = _parser().parse_args()
    backup_files.begin()
    try:
        options.run(options)
    except (Failure, sqlite3.Error, OSError, UnicodeError, ValueError) as error:
        sys.stderr.write(f"{_explain(error, options.command)}\n")
        return 1
    return 0


def _explain(error: Exception, command: str) -> str:
    """Return what is wrong and what to do."""
    during = "".join(f" while {note}" for note in getattr(error, "__notes__", []))
    what = f"{error or repr(error)}{during}"
    return f"{what}; {_SAFE}. {_REMEDY}" if command == "run" else f"rehearse {command}: {what}"
