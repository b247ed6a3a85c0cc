"""Names and addresses: how a lab's number becomes machines, interfaces and networks."""

import re
from collections.abc import Iterable

from changeover.lab.errors import LabError

ORIGIN = "origin"
ACME = "acme"
GATEWAY_PART = 1
ORIGIN_PART = 2
ACME_PART = 3
# What the lab itself needs: no host that pyinfra is told of.
SERVERS = {ORIGIN: ORIGIN_PART, ACME: ACME_PART}
FIRST_PART = 10
LAST_PART = 250
LAST_NUMBER = 200

# Hosts whose group is not their own name.
GROUPS = {
    "jersey-sqlite": "jersey_events",
    "jersey-postgresql": "jersey_events",
}


def lab_number(text: str) -> int:
    """Return the number of a lab, refusing what is none."""
    if not text.isascii() or not text.isdigit() or int(text) > LAST_NUMBER:
        raise LabError(f"CHANGEOVER_LAB must be a number from 0 to {LAST_NUMBER}, not {text!r}")
    return int(text)


def checked_name(name: str) -> str:
    """Return a host's name, refusing what is no host name."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or len(name) > 63:
        raise LabError(f"{name!r} is no host name: use a-z, 0-9 and single hyphens")
    return name


def default_groups(name: str) -> tuple[str, ...]:
    """Return the inventory group that a host's name stands for."""
    stem = re.sub(r"-\d+$", "", name)
    return (GROUPS.get(stem, stem.replace("-", "_")),)


def address(number: int, part: int) -> str:
    """Return the address of a machine of a lab."""
    return f"10.77.{number}.{part}"


def network(number: int) -> str:
    """Return a lab's subnet."""
    return f"10.77.{number}.0/24"


def bridge(number: int) -> str:
    """Return the name of a lab's bridge."""
    return f"colab{number}"


def table(number: int) -> str:
    """Return the name of a lab's nft table."""
    return f"changeover-lab-{number}"


def machine_prefix(number: int) -> str:
    """Return what the names of a lab's machines begin with, and no other's."""
    return f"co{number}-"


def machine(number: int, part: int) -> str:
    """Return a machine's own name, short enough for the names of its interfaces."""
    return f"{machine_prefix(number)}{part}"


def interface(machine_name: str) -> str:
    """Return the controller's end of a machine's cable; systemd-nspawn gives it this name."""
    return f"vb-{machine_name}"


def delay_interface(machine_name: str) -> str:
    """Return the bridge port that stands for a machine while its frames are delayed."""
    return f"dl-{machine_name}"


def control_group(machine_name: str) -> str:
    """Return the name of a machine's control group."""
    return f"changeover-lab-{machine_name}"


def free_part(taken: Iterable[int]) -> int:
    """Return the lowest last part of an address that no host has."""
    used = set(taken)
    for part in range(FIRST_PART, LAST_PART + 1):
        if part not in used:
            return part
    raise LabError("the lab is full: take a host down first")
