"""Where a server is, and the way to it: a place is a file beside its siblings and one line here."""

from ..registry import Registry
from .address import Address
from .elsewhere import ELSEWHERE
from .here import HERE
from .place import Place

PLACES: Registry[str, Place] = Registry(
    "place of a PostgreSQL server",
    {
        "here": HERE,
        "elsewhere": ELSEWHERE,
    },
)
"""Where a server may be; the first that has an address counts."""


def of(address: Address) -> Place:
    """Return where the server of an address is."""
    return PLACES[name_of(address)]


def name_of(address: Address) -> str:
    """Return by which name the registries of both sides list where the server of an address is."""
    return next(name for name in PLACES if PLACES[name].has(address))
