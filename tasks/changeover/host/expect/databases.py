"""The kinds of database that expectations are asked of: a file each, and a line here."""

import argparse
import importlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..files import Failure
from ..registry import Registry

Asked = Mapping[str, Any]


class Kind(Protocol):
    """What a kind's file has."""

    def failures(self, options: argparse.Namespace, expectations: Sequence[Asked]) -> list[str]:
        """Return what is not as expected, with the words of the command line."""


# the file of each; a command loads that of its own database alone
DATABASES = Registry("kind of database", {"sqlite": "of_sqlite", "postgres": "of_postgres"})


def kind(name: str | None) -> Kind:
    """Return a kind by its name. Raises Failure without one."""
    if name is None:
        raise Failure(f"--kind is not given: {' or '.join(DATABASES)}")
    found: Kind = importlib.import_module(f".{DATABASES[name]}", __package__)
    return found
