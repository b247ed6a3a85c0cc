"""A server on the host itself: its superuser is let in by peer authentication, by its socket."""

from collections.abc import Callable
from pathlib import Path

from .address import Address
from .local_clients import LocalClients


class _Here(LocalClients):
    def has(self, address: Address) -> bool:
        return address.sockets is not None

    def superuser_host(self, address: Address) -> str | None:
        return address.sockets

    def data_folder(self, show: Callable[[str], str]) -> Path | None:
        folder = Path(show("SHOW data_directory"))
        return folder if folder.is_dir() else None


HERE = _Here()
