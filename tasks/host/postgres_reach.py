"""What programs are told of who works with a database of PostgreSQL, and how."""

import argparse
from typing import Any

_WORDS = ("superuser", "user", "trusted", "history_schema", "pooled")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Let a command be told."""
    parser.add_argument(
        "--superuser",
        metavar="USER",
        help="make and rename databases as this system user by peer authentication, where the"
        " server is on this host",
    )
    parser.add_argument("--user", help="the app's system user, who logs in with the URL")
    parser.add_argument(
        "--trusted", action="store_true", help="let that superuser act inside the database too"
    )
    parser.add_argument(
        "--history-schema",
        default="",
        metavar="NAME",
        help="where migrations are noted, if the app's search_path does not say it",
    )
    parser.add_argument(
        "--pooled", action="store_true", help="the app itself comes in through a pooler"
    )


def told(options: argparse.Namespace) -> dict[str, Any]:
    """Return what a command was told, as ``access_to`` takes it."""
    return {word: getattr(options, word) for word in _WORDS}
