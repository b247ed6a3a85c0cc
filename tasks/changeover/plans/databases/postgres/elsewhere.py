"""A server elsewhere: others look after it, and the app's role does all that is done."""

from dataclasses import dataclass

from typing_extensions import override

from changeover.host.postgres.address import Address
from changeover.plans.databases.postgres.place import ServerPlace


@dataclass(frozen=True)
class _Elsewhere(ServerPlace):
    @override
    def locked_out(self, address: Address, user: str) -> str | None:
        return None  # what that server asks for is not known here


ELSEWHERE = _Elsewhere()
