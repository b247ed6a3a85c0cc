"""A server elsewhere: only the URL's role comes in, and its disk is not ours."""

from collections.abc import Callable

from .address import Address
from .local_clients import LocalClients


class _Elsewhere(LocalClients):
    def has(self, address: Address) -> bool:
        return address.sockets is None

    def superuser_host(self, _address: Address) -> None:
        return None

    def data_folder(self, _show: Callable[[str], str]) -> None:
        return None


ELSEWHERE = _Elsewhere()
