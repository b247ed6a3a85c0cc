"""The command line."""

import argparse
import sys

from ..app.processes import kill_user
from ..files import Failure
from . import control, processes


def _stop(options: argparse.Namespace) -> None:
    if options.units:
        control.stop(*options.units, patience=_patience(options))
    if not options.user:
        return
    try:
        kill_user(options.user)
    except Failure as error:
        if not options.in_spite:
            raise
        _say(error)


def _start(options: argparse.Namespace) -> None:
    control.start(*options.units, patience=_patience(options))


def _restart(options: argparse.Namespace) -> None:
    control.restart(*options.units, patience=_patience(options))


def _processes(options: argparse.Namespace) -> None:
    found = [pid for unit in options.units for pid in processes.of(unit)]
    sys.stdout.write("".join(f"{pid}\n" for pid in found))


def _patience(options: argparse.Namespace) -> control.Patience:
    return control.Patience(options.stop_seconds, options.kill_seconds, options.start_seconds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="units", description=__doc__)
    for name, seconds in control.PATIENCE._asdict().items():
        parser.add_argument(f"--{name}-seconds", type=float, default=seconds)
    commands = parser.add_subparsers(dest="command", required=True)
    end = commands.add_parser("stop", help="stop units; kill what does not stop in time")
    end.add_argument("--user", default="", help="then end every process of this user")
    end.add_argument("--in-spite", action="store_true", help="say which do not end, and go on")
    end.add_argument("units", nargs="*", metavar="UNIT")
    end.set_defaults(act=_stop)
    for name, act in (("start", _start), ("restart", _restart)):
        begin = commands.add_parser(name, help=f"{name} units, in bounded time")
        begin.add_argument("units", nargs="+", metavar="UNIT")
        begin.set_defaults(act=act)
    tell = commands.add_parser("processes", help="print the process ids of units")
    tell.add_argument("units", nargs="+", metavar="UNIT")
    tell.set_defaults(act=_processes)
    return parser


def _say(error: Exception) -> None:
    sys.stderr.write(f"units: {error}\n")


def main() -> int:
    """Run one command."""
    options = _parser().parse_args()
    try:
        options.act(options)
    except (Failure, OSError, ValueError) as error:
        _say(error)
        return 1
    return 0
