"""
The command line: what is expected comes as JSON over standard input.

A release runs it while the app waits or is about to: a command loads only its own part.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from ..files import Failure
from . import databases

Run = Callable[[argparse.Namespace], int]

_SECONDS = 60.0
_STATUS_SECONDS = 10.0
_HEAD = "not as expected: "


def _data(options: argparse.Namespace) -> int:
    """See what must be so of a release before it serves: its commands, then its data."""
    asked = json.load(sys.stdin)
    found = []
    if asked["commands"]:
        from . import command

        place = command.Place(options.app, options.folder, options.environment, options.shared)
        found += command.failures(place, asked["commands"])
    if asked["expectations"]:
        try:
            found += databases.kind(options.kind).failures(options, asked["expectations"])
        except (Failure, OSError) as error:
            found.append(f"the database cannot be read: {error}")
    return _told(found)


def _health(options: argparse.Namespace) -> int:
    from . import health

    asked = health.asked(json.load(sys.stdin), options.since)
    return 0 if health.is_well(options.who, asked) else 1


def _observe(_: argparse.Namespace) -> int:
    from . import observe

    found = observe.failures(json.load(sys.stdin))
    for part, line in found:
        sys.stderr.write(f"expect {part}: {line}\n" if part else f"{_HEAD}{line}\n")
    return 1 if found else 0


def _status(options: argparse.Namespace) -> int:
    """Print the status of a page, "000" where nobody answers."""
    from ..visitor.answer import status
    from ..visitor.site import Site, through_nginx

    asked = json.load(sys.stdin)
    request = through_nginx(Site(**asked["site"]), asked["path"])
    sys.stdout.write(f"{status(request, options.seconds):03}\n")
    return 0


def _mark(options: argparse.Namespace) -> int:
    from . import log

    log.mark(log.Place(options.journal, options.files, options.user), options.into)
    return 0


def _told(found: list[str]) -> int:
    sys.stderr.write("".join(f"{_HEAD}{line}\n" for line in found))
    return 1 if found else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="expect", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, run: Run, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    data = command("data", _data, "see what must be so of a release and its data")
    data.add_argument("--kind", choices=tuple(databases.DATABASES), help="of the database")
    data.add_argument("--database", metavar="NAME", help="of a kind that is found by it ...")
    data.add_argument("--within", type=Path, metavar="DIR", help="nothing leads out of it")
    data.add_argument("--environment", metavar="FILE", help="... or what holds its URL ...")
    data.add_argument("--key", default="DATABASE_URL", help="... under this key")
    data.add_argument("--user", help="as whom the database is asked")
    data.add_argument("--seconds", type=float, default=_SECONDS, help="for one query")
    for name in ("app", "folder", "shared"):
        data.add_argument(f"--{name}", default="", help="for commands")
    health = command("health", _health, "ask an app until it is well, or its time ends")
    health.add_argument("who", choices=("app", "site", "both"))
    health.add_argument("--since", type=float, metavar="SECONDS", help="when it was started")
    command("observe", _observe, "see pages, code and log of a release that serves")
    status = command("status", _status, "print the status of a page, 000 where nobody answers")
    status.add_argument("--seconds", type=float, default=_STATUS_SECONDS)
    mark = command("mark", _mark, "note that the app is about to be restarted")
    mark.add_argument("--into", type=Path, required=True, metavar="FILE")
    mark.add_argument("files", nargs="*", help="log files")
    mark.add_argument("--user", default="", help="whose log files these are, as whom they are read")
    mark.add_argument(
        "--journal", action="append", default=[], help="whose part of it is the app's"
    )
    return parser


def main() -> int:
    """Run one command; say all that is not as expected, and return 1 then."""
    options = _parser().parse_args()
    try:
        return int(options.run(options))
    except (Failure, OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"expect {options.command}: {error or repr(error)}\n")
        return 1
