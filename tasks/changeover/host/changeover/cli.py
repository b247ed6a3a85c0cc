"""The command line of the host program."""

import argparse
import contextlib
import json
import math
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from ..files import Failure
from . import ledger, once, process
from .channel import Channel
from .end import Ending, finish
from .hold import Hold, broken_by, describe, undoing
from .journal import Journal
from .lock import FOLDER, AppLock, LockedError, holder, is_release, is_undo, lock, patience
from .lock import path as lock_path
from .words import NO_APP, said, version

_ATTEMPTS = 5
_WAIT_SECONDS = 60.0
_IDLE_SECONDS = 15.0
_KILL_SECONDS = 60.0


class Places:
    """Where one app's state and lock are."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Take the app and the folders from the command line."""
        self.app = options.app
        self.state = Path(options.state_folder) / options.app
        self.lock = lock_path(Path(options.run_folder), options.app)
        self.attempts = Path(options.run_folder) / FOLDER / f"{options.app}.attempts"
        if not self.state.is_dir():
            raise Failure(f"{self.state} is missing: {NO_APP} {options.app}")


def _hold(options: argparse.Namespace) -> int:
    places = Places(options)
    hold = Hold(places.app, places.state, Channel(), version())

    def start_guard(app: str) -> bool:
        places.attempts.unlink(missing_ok=True)  # those of another changeover
        return _start_guard(app)

    return hold.run(places.lock, start_guard)


def _undo(options: argparse.Namespace) -> int:
    """Undo what nobody holds. A live release is left alone."""
    ending = _undone(options)
    last = ledger.read(Places(options).state)[-1:]
    if options.again and not ending and last:
        # who waited for somebody else's end of it is told of that
        sys.stdout.write(f"nothing is open: {last[0]['outcome']} by {last[0]['by']}\n")
    return _exit_status(ending)


def _undone(options: argparse.Namespace) -> Ending | None:
    """Return how what nobody holds was ended, None where nothing was to be."""
    places = Places(options)
    journal = Journal(places.state)
    try:
        by = "a person" if options.again else "the guard"
        wait = options.patience or (patience if options.again else _guard_patience)
        with lock(places.lock, undoing(journal, places.app, by), wait) as taken:
            return _undo_held(places, journal, taken, again=options.again)
    except LockedError as held:
        if options.again:
            raise Failure(_describe_holder(journal, places.app, held)) from None
        return None


def _guard_patience(found: dict[str, Any]) -> float:
    return 0 if is_release(found) else _WAIT_SECONDS  # it comes again


def _undo_held(places: Places, journal: Journal, taken: AppLock, *, again: bool) -> Ending | None:
    """Undo with the lock held: also the guard is stopped under it, or it would be a newer one's."""
    if again:
        places.attempts.unlink(missing_ok=True)
    if _tried(places.attempts) >= _ATTEMPTS:
        _stop_guard(places.app)
        raise Failure(f"given up after {_ATTEMPTS} attempts\n{_stuck(places)}".strip())
    by = "the boot" if _note_power_loss(journal) else "the guard"
    by = "a person" if again else by
    taken.describe(undoing(journal, places.app, by))
    ending = finish(journal, why=_why(journal), by=by, patient=again)
    if ending is None or not _exit_status(ending):
        places.attempts.unlink(missing_ok=True)
        _stop_guard(places.app)
    else:
        with contextlib.suppress(OSError), places.attempts.open("a") as file:
            file.write(".")  # one that finds no room is not counted, and is tried more often
        _start_guard(places.app)  # at boot nobody has
    if ending:
        sys.stdout.write(f"{ending.said}\n")
    return ending


def _break(options: argparse.Namespace) -> int:
    """End a live release: its hold is told to stop, and undoes."""
    places = Places(options)
    journal = Journal(places.state)
    found = holder(places.lock)
    if found and is_undo(found):
        raise Failure(f"nothing to break: {said(places.app, found)} is at work")
    if not found or not is_release(found) or journal.folder is None:
        raise Failure(f"nobody releases {places.app}: there is nothing to break")
    about = journal.about()
    if about["id"] != options.id:
        raise Failure(f"{options.id} does not hold {places.app}; {about['id']} does")
    journal.note(event="broken", note={"broken_by": options.by})
    os.kill(found["pid"], signal.SIGTERM)
    _wait_for_end(places.lock, journal, found)
    options.again, options.patience = True, _break_patience
    status = _exit_status(_undone(options))
    for record in ledger.read(places.state):
        if record["id"] == options.id:
            why = f": {record['why']}" if record["why"] else ""
            sys.stdout.write(f"{options.id} is {record['outcome']}{why}\n")
    return status


def _break_patience(found: dict[str, Any]) -> float:
    # an undo has limits of its own, each for what is undone
    return math.inf if is_undo(found) else patience(found)


def _wait_for_end(path: Path, journal: Journal, found: dict[str, Any]) -> None:
    """Wait until a hold that was told to stop undoes; kill one that does not even begin to."""
    begun = time.monotonic()
    while holder(path) == found:
        took = time.monotonic() - begun
        if any(event.get("event") == "undo" for event in journal.events()):
            return
        if took > _IDLE_SECONDS + _KILL_SECONDS:
            raise Failure(f"process {found['pid']} does not end, though it was killed: look at it")
        if took > _IDLE_SECONDS:
            with contextlib.suppress(ProcessLookupError):
                os.kill(found["pid"], signal.SIGKILL)
        time.sleep(0.1)


def _status(options: argparse.Namespace) -> int:
    """Print what is known of the app's changeovers, as JSON."""
    places = Places(options)
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
    found["stuck"] = _stuck(places) or None
    found["last"] = ledger.last_committed(places.state)
    found["ledger"] = ledger.read(places.state)[-options.records :]
    sys.stdout.write(json.dumps(found, sort_keys=True) + "\n")
    return 0


def _once(options: argparse.Namespace) -> int:
    """Run what runs once; the caller holds the app's lock."""
    places = Places(options)
    once.run_all(places.app, places.state, json.load(sys.stdin))
    return 0


def _version(_: argparse.Namespace) -> int:
    sys.stdout.write(f"{version()}\n")
    return 0


def _stuck(places: Places) -> str:
    path = places.state / "stuck"
    return path.read_text(errors="replace") if path.exists() else ""


def _exit_status(ending: Ending | None) -> int:
    return 1 if ending and ending.outcome == ledger.STUCK else 0


def _tried(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _describe_holder(journal: Journal, app: str, held: LockedError) -> str:
    if is_release(held.holder):
        return describe(journal, app, held.holder)
    return f"{said(app, held.holder)} still works after {patience(held.holder):.0f} s"


def _why(journal: Journal) -> str:
    return broken_by(journal) or "its controller and its hold were gone"


def _note_power_loss(journal: Journal) -> bool:
    """Note since when nobody was served, if the host went down in the middle; tell whether."""
    if journal.folder is None:
        return False
    booted = _booted()
    try:
        began = journal.about()["began"]
    except (Failure, KeyError):
        began = booted  # what is wrong with the journal, its end says
    last = max((event["at"] for event in journal.events()), default=began)
    lost = any(event.get("event") == "power lost" for event in journal.events())
    if not lost and last < booted:
        journal.note(event="power lost", since=last)
        return True
    return lost


def _booted() -> float:
    """Return when init was started, in seconds since 1970: in a container, the container's."""
    ticks = int(Path("/proc/1/stat").read_text().rpartition(")")[2].split()[19])
    # /proc/stat has whole seconds only, and a machine can be up again within one
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return time.time() - age


def _start_guard(app: str) -> bool:
    return process.systemctl("start", f"changeover-undo@{app}.timer")


def _stop_guard(app: str) -> None:
    process.systemctl("--no-block", "stop", f"changeover-undo@{app}.timer")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="changeover", description=__doc__)
    parser.add_argument("--state-folder", default="/var/lib/changeover", metavar="DIR")
    parser.add_argument("--run-folder", default="/run", metavar="DIR")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, act: Any, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(act=act, again=False, patience=None)
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
