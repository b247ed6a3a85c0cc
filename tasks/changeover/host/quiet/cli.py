"""The command line of ``quiet``: who would disturb a release asks it first."""

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path

from .locks import Busy, Places, busy, kept_quiet

_BUSY = 75
_WRONG = 2
_LOOK_AGAIN_SECONDS = 2.0
_WINDOW = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_PLACES = Places()


def minutes(clock: str) -> int:
    """Return the minute of the day of ``HH:MM``."""
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute)


def is_within(window: str, now: str) -> bool:
    """
    Tell whether a time ``HH:MM`` is in a window ``HH:MM-HH:MM``, which may go over midnight.

    Its end is not in it. Raises ValueError for what is no window.
    """
    if not _WINDOW.fullmatch(window):
        raise ValueError(f"{window!r} is no window; expected one such as 03:00-05:00")
    begin, end = map(minutes, window.split("-"))
    at = minutes(now)
    return begin <= at < end if begin <= end else at >= begin or at < end


def read_window(path: Path) -> str:
    """Return the window that a file holds, "" where there is none; lines with # are comments."""
    if not path.exists():
        return ""
    lines = (line.strip() for line in path.read_text().splitlines())
    return next((line for line in lines if line and not line.startswith("#")), "")


def _wait(options: argparse.Namespace, places: Places) -> int:
    deadline = time.monotonic() + options.seconds
    while what := busy(places, options.but):
        if time.monotonic() >= deadline:
            return _say(f"{what}: not now", _BUSY)
        time.sleep(_LOOK_AGAIN_SECONDS)
    return 0


def _reboot(options: argparse.Namespace, places: Places) -> int:
    if not places.required.exists():
        return 0
    window = options.window or read_window(places.window)
    if not window:
        return _say("a reboot is required, and this host has no window for it", 0)
    now = options.now or time.strftime("%H:%M")
    if not is_within(window, now):
        return _say(f"a reboot is required; it waits for {window}, now it is {now}", 0)
    try:
        with kept_quiet(places):
            _say(f"a reboot is required, it is {now} and nothing is released: booting", 0)
            status = subprocess.run(options.command.split(), check=False).returncode
            if not status:
                time.sleep(options.hold)  # the locks are kept until the host is down
            return status
    except Busy as found:
        return _say(f"a reboot is required and waits: {found}", 0)


def _say(what: str, status: int) -> int:
    sys.stderr.write(f"quiet: {what}\n")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="quiet", description=__doc__)
    parser.add_argument("--state-folder", type=Path, default=_PLACES.state)
    parser.add_argument("--run-folder", type=Path, default=_PLACES.run)
    parser.add_argument("--dpkg-lock", type=Path, default=_PLACES.dpkg)
    parser.add_argument("--required", type=Path, default=_PLACES.required)
    commands = parser.add_subparsers(dest="what", required=True)
    wait = commands.add_parser("wait", help="exit 0 once nothing is released, 75 when it takes on")
    wait.add_argument("--seconds", type=float, default=0)
    wait.add_argument("--but", default="", help="an app, or host, that does not count")
    wait.set_defaults(run=_wait)
    boot = commands.add_parser("reboot", help="boot, if that is required, in the window, in quiet")
    boot.add_argument("--window", default="", help="such as 03:00-05:00, instead of the host's")
    boot.add_argument("--now", default="", help="such as 04:00, instead of the clock")
    boot.add_argument("--command", default="systemctl reboot")
    boot.add_argument("--hold", type=float, default=300, help="seconds to keep the locks after it")
    boot.set_defaults(run=_reboot)
    return parser


def main() -> int:
    """Run the command line; return the exit status."""
    options = _parser().parse_args()
    places = Places(
        state=options.state_folder,
        run=options.run_folder,
        dpkg=options.dpkg_lock,
        required=options.required,
    )
    try:
        return int(options.run(options, places))
    except (OSError, ValueError) as error:
        return _say(str(error), _WRONG)
