"""What a place of a server has to be able to do."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from .address import Address


class Who(NamedTuple):
    """Who comes in: the superuser, by peer authentication, or else the app's role by its URL."""

    superuser: str | None
    app: str | None
    """The app's system user, None for whoever runs this."""


class Place(Protocol):
    """A place of servers; ``plans/databases/postgres`` has what it is to a plan."""

    def has(self, address: Address) -> bool:
        """Tell whether a server of that address is there."""

    def superuser_host(self, address: Address) -> str | None:
        """Return by which host libpq lets the superuser in, None where only the URL's role does."""

    def client(self, name: str, major: int = 0) -> str:
        """
        Return the path of a client program that fits a server's version; without one the newest.

        Raises Failure where none does.
        """

    def start(
        self, command: list[str], who: Who, environment: Mapping[str, str], **streams: Any
    ) -> "subprocess.Popen[bytes]":
        """Start a client program as who comes in, with that environment and no other."""

    def data_folder(self, show: Callable[[str], str]) -> Path | None:
        """
        Return the folder of the server's data, None where it is on no disk of this host.

        ``show`` runs a statement as the superuser.
        """
