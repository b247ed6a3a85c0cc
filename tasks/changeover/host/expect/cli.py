"""
The command line: what is expected comes as JSON over standard input.

A release runs it five times while the app waits or is about to: a command loads only its own part.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from ..files import Failure

_SECONDS = 60.0


def _data(options: argparse.Namespace) -> list[str]:
    """See what must be so of a release before it serves: its commands, then its data."""
    import sqlite3

    from . import command as expect_command
    from . import data as expect_data
    from . import database as expect_database

    asked = json.load(sys.stdin)
    found = []
    if asked["commands"]:
        place = expect_command.Place(
            options.app, options.folder, options.environment, options.shared
        )
        found += expect_command.failures(place, asked["commands"])
    if asked["expectations"]:
        try:
            if options.sqlite:
                found += _of_sqlite(options, asked["expectations"])
            else:
                where = expect_database.Where(
                    options.environment, options.key, options.user, options.seconds
                )
                with expect_database.opened(where) as database:
                    found += expect_data.failures(database, asked["expectations"])
        except (Failure, OSError, sqlite3.Error) as error:
            found.append(f"the database cannot be read: {error}")
    return found


def _of_sqlite(options: argparse.Namespace, expectations: list[dict[str, Any]]) -> list[str]:
    """Look at a SQLite database in a child that is the app's user."""
    from ..app import child as app_child
    from ..sqlite.place import Place
    from . import data as expect_data
    from . import database as expect_database

    place = Place(options.sqlite.absolute(), options.user or "", options.within)

    def look() -> list[str]:
        with expect_database.sqlite(place, options.seconds) as database:
            return expect_data.failures(database, expectations)

    return list(map(str, app_child.run(place.user, look) if place.user else look()))


def _pages(options: argparse.Namespace) -> list[str]:
    from . import pages as expect_pages

    cookie = expect_pages.bypass(options.bypass, options.app) if options.bypass else ""
    site = expect_pages.Site(
        options.domain, options.socket, cookie, options.certificate, options.scheme
    )
    return expect_pages.failures(site, json.load(sys.stdin))


def _code(options: argparse.Namespace) -> list[str]:
    from . import code as expect_code

    found = [int(word) for word in sys.stdin.read().split()]
    if not found:
        return ["nothing of the app runs"]
    return expect_code.failures(found, options.root, options.release)


def _mark(options: argparse.Namespace) -> list[str]:
    from . import log as expect_log

    expect_log.mark(options.unit, options.into, options.files, options.user)
    return []


def _log(options: argparse.Namespace) -> list[str]:
    from . import log as expect_log

    asked = json.load(sys.stdin)
    return expect_log.failures(
        options.unit,
        options.marked,
        options.after,
        asked["pattern"],
        asked["allowed"],
        asked["files"],
        options.user,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="expect", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, run: Any, text: str, *required: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        for option in required:
            added.add_argument(f"--{option}", required=True)
        return added

    data = command("data", _data, "see what must be so of a release and its data")
    data.add_argument("--sqlite", type=Path, metavar="PATH", help="the database")
    data.add_argument("--within", type=Path, metavar="DIR", help="as sqlite_backup knows it")
    data.add_argument("--environment", metavar="FILE", help="or what holds its URL ...")
    data.add_argument("--key", default="DATABASE_URL", help="... under this key")
    data.add_argument("--user", help="as whom the database is asked")
    data.add_argument("--seconds", type=float, default=_SECONDS, help="for one query")
    for name in ("app", "folder", "shared"):
        data.add_argument(f"--{name}", default="", help="for commands")
    pages = command("pages", _pages, "see what pages answer", "app", "domain")
    pages.add_argument("--socket", metavar="PATH", help="of the app, instead of its site")
    pages.add_argument("--scheme", default="http", help="by which visitors come to it")
    pages.add_argument("--certificate", default="", metavar="FILE", help="that the site shows")
    pages.add_argument("--bypass", type=Path, metavar="FILE", help="past the closed page")
    code = command("code", _code, "see that what serves has its files in a release")
    code.add_argument("--root", type=Path, required=True, metavar="DIR", help="of the app")
    code.add_argument("--release", required=True, metavar="NAME")
    mark = command("mark", _mark, "note that the app is about to be restarted")
    mark.add_argument("--into", type=Path, required=True, metavar="FILE")
    mark.add_argument("files", nargs="*", help="log files")
    mark.add_argument("--user", default="", help="whose log files these are, as whom they are read")
    log = command("log", _log, "look for errors since the restart")
    for one in (mark, log):
        one.add_argument("--unit", default="", help="whose journal is a part of the log")
    log.add_argument("--marked", type=Path, required=True, metavar="FILE")
    log.add_argument("--user", default="", help="whose log files are looked through")
    log.add_argument("--after", type=float, required=True, metavar="SECONDS")
    return parser


def main() -> int:
    """Run one command; say all that is not as expected, and exit 1 then."""
    options = _parser().parse_args()
    try:
        found = options.run(options)
    except (Failure, OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"expect {options.command}: {error or repr(error)}\n")
        return 1
    sys.stderr.write("".join(f"not as expected: {line}\n" for line in found))
    return 1 if found else 0
