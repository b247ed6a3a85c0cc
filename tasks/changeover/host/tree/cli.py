"""The command line."""

import argparse
import sys
from pathlib import Path

from ..files import Failure
from ..shown_text import shown
from . import address, fetch, look, write
from .git import GitError
from .login import hidden
from .look import Asked, SurveyRequest
from .reach import Refused, Unreadable

UNREADABLE = 4


def _look(request: SurveyRequest, options: argparse.Namespace) -> None:
    asked = Asked(options.path, options.link, options.text)
    for line in look.look(request, options.cache, asked):
        sys.stdout.write(f"{line}\n")


def _fetch(request: SurveyRequest, options: argparse.Namespace) -> None:
    fetch.fetch(request, options.mirror)


def _write(request: SurveyRequest, options: argparse.Namespace) -> None:
    write.write(request, options.mirror, options.into)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tree", description=__doc__)
    commands = parser.add_subparsers(required=True)

    def command(name: str, act: object, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        for field in ("repository", "commit", "app"):
            added.add_argument(f"--{field}", required=True)
        added.add_argument("--directory", default="", help="of the app in its repository")
        added.add_argument("--pinned", action="store_true", help="keys of ssh servers are pinned")
        added.set_defaults(act=act)
        return added

    told = command("look", _look, "tell what a commit consists of, and what cannot be had")
    told.add_argument("--cache", type=Path, required=True)
    for name in ("path", "link", "text"):
        told.add_argument(f"--{name}", action="append", default=[])
    had = command("fetch", _fetch, "have all that a commit consists of")
    had.add_argument("--mirror", type=Path, required=True)
    made = command("write", _write, "write a commit into an empty folder, and compare it")
    made.add_argument("--mirror", type=Path, required=True)
    made.add_argument("--into", type=Path, required=True)
    return parser


def main() -> int:
    """Run one command; 4 is for a server that did not answer, or not to us."""
    parser = _parser()
    options = parser.parse_args()
    if address.divided(options.repository)[1]:
        parser.error("--repository holds a login, and everybody reads command lines")
    request = SurveyRequest(
        options.repository, options.commit, options.directory, options.app, options.pinned
    )
    try:
        options.act(request, options)
    except (Failure, GitError, OSError, Refused, Unreadable, ValueError) as error:
        sys.stderr.write(f"{shown(hidden(str(error)))}\n")
        return UNREADABLE if isinstance(error, Unreadable) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
