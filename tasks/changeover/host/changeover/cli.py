"""The command line of the host program."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from ..files import Failure
from . import guard, ledger, once
from .breaking import break_
from .channel import Channel
from .end import Ending
from .hold import Hold
from .journal import Journal
from .lock import holder
from .places import Places
from .undo import undo
from .words import version


def _places(options: argparse.Namespace) -> Places:
    return Places(options.app, Path(options.state_folder), Path(options.run_folder))


def _hold(options: argparse.Namespace) -> int:
    places = _places(options)
    hold = Hold(places.app, places.state, Channel(), version())

    def start_guard(app: str) -> bool:
        places.attempts.unlink(missing_ok=True)  # those of another changeover
        return guard.start(app)

    return hold.run(places.lock, start_guard)


def _undo(options: argparse.Namespace) -> int:
    """Undo what nobody holds. A live release is left alone."""
    places = _places(options)
    ending = undo(places, again=options.again)
    status = _told(ending)
    last = ledger.read(places.state)[-1:]
    if options.again and not ending and last:
        # who waited for somebody else's end of it is told of that
        sys.stdout.write(f"nothing is open: {last[0]['outcome']} by {last[0]['by']}\n")
    return status


def _break(options: argparse.Namespace) -> int:
    """End a live release, and tell how that went."""
    places = _places(options)
    status = _told(break_(places, options.id, options.by))
    for record in ledger.read(places.state):
        if record["id"] == options.id:
            why = f": {record['why']}" if record["why"] else ""
            sys.stdout.write(f"{options.id} is {record['outcome']}{why}\n")
    return status


def _told(ending: Ending | None) -> int:
    """Say how an open changeover was ended; return the exit status."""
    if ending:
        sys.stdout.write(f"{ending.said}\n")
    return 1 if ending and ending.stuck else 0


def _status(options: argparse.Namespace) -> int:
    """Print what is known of the app's changeovers, as JSON."""
    places = _places(options)
    journal = Journal(places.state)
    found: dict[str, Any] = {"version": version(), "holder": holder(places.lock), "open": None}
    if journal.folder:
        try:
            about = {key: value for key, value in journal.about().items() if key != "settle"}
            journal.entries()
        except (Failure, KeyError, TypeError) as error:
            about = {"problem": str(error)}
        phase = [journal.phase] if journal.phase else []
        about |= {"committed": journal.committed, "steps": journal.names(), "phase": phase}
        found["open"] = about
    found["stuck"] = places.stuck() or None
    found["last"] = ledger.last_committed(places.state)
    found["ledger"] = ledger.read(places.state)[-options.records :]
    sys.stdout.write(json.dumps(found, sort_keys=True) + "\n")
    return 0


def _once(options: argparse.Namespace) -> int:
    """Run what runs once; the caller holds the app's lock."""
    places = _places(options)
    once.run_all(places.app, places.state, json.load(sys.stdin))
    return 0


def _version(_: argparse.Namespace) -> int:
    sys.stdout.write(f"{version()}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="changeover", description=__doc__)
    parser.add_argument("--state-folder", default="/var/lib/changeover", metavar="DIR")
    parser.add_argument("--run-folder", default="/run", metavar="DIR")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, act: Any, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(act=act)
        return added

    command("hold", _hold, "take steps of a release from standard input").add_argument("app")
    back = command("undo", _undo, "undo what nobody holds")
    back.add_argument("app")
    back.add_argument("--again", action="store_true", help="also after it failed too often")
    end = command("break", _break, "end a live release and undo it")
    for name in ("app", "id", "by"):
        end.add_argument(name)
    tell = command("status", _status, "tell what is open and what was")
    tell.add_argument("app")
    tell.add_argument("--records", type=int, default=5)
    command("once", _once, "run what standard input asks for once").add_argument("app")
    command("version", _version, "tell the version")
    return parser


def main() -> int:
    """Run one command."""
    options = _parser().parse_args()
    try:
        return int(options.act(options))
    except (Failure, OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"changeover: {error}\n")
        return 1
