"""What programs are told of who works with a database of PostgreSQL, and how."""

import argparse
from pathlib import Path
from typing import Any

from ..database_url import read_value
from ..files import Failure
from .address import Address, parse

_WORDS = ("superuser", "user", "trusted", "history_schema")


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
        "--pooled",
        default="",
        metavar="KEY",
        help="the app itself comes in through a pooler, by the URL of that key",
    )


def told(options: argparse.Namespace) -> dict[str, Any]:
    """Return what a command was told, as ``access_to`` takes it."""
    return {word: getattr(options, word) for word in _WORDS} | {"pooled": bool(options.pooled)}


def require_same(options: argparse.Namespace, address: Address) -> None:
    """Refuse a server's own URL that names another database than the app's through its pooler."""
    if not options.pooled:
        return
    try:
        pooled = read_address(options.environment, options.pooled)
    except Failure:
        return  # of what a URL leads to that is not in force that one alone is told
    if pooled.database != address.database:
        raise Failure(
            f"{options.pooled} leads to the database {pooled.database}, {options.key} to"
            f" {address.database}: both have to name the same one"
        )


def read_address(path: Path, key: str) -> Address:
    """Return the address that an environment file holds."""
    return parse(read_value(path, key), f"{key} in {path}")
