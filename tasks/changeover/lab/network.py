"""A lab's network: one bridge, one nft table, one cable per host."""

from pathlib import Path

from changeover.lab import names
from changeover.lab.command import run
from changeover.lab.errors import LabError
from changeover.lab.files import locked

INTERFACES = Path("/sys/class/net")
# States of a bridge port, as the kernel numbers them.
DISABLED = "0"
FORWARDING = "3"


def create(number: int) -> None:
    """Make a lab's network, where it does not exist yet."""
    with locked(f"{number}.network"):
        _create(number)


def _create(number: int) -> None:
    bridge = names.bridge(number)
    if not exists(bridge):
        # Its own fixed hardware address: else it would change with the ports, and hosts
        # would send to the old one until their neighbour tables expire.
        hardware = f"02:77:00:00:{number:02x}:01"
        run(["ip", "link", "add", bridge, "address", hardware, "type", "bridge"])
    gateway = names.address(number, names.GATEWAY_PART)
    run(["ip", "address", "replace", f"{gateway}/24", "dev", bridge])
    run(["ip", "link", "set", bridge, "up"])
    _masquerade(number)


def _masquerade(number: int) -> None:
    table = names.table(number)
    outside = f'ip saddr {names.network(number)} oifname != "{names.bridge(number)}" masquerade'
    # One transaction: afterwards the table is there once, whatever was there before.
    rules = f"""
        table ip {table}
        delete table ip {table}
        table ip {table} {{
            chain postrouting {{
                type nat hook postrouting priority srcnat; policy accept;
                {outside}
            }}
        }}
    """
    run(["nft", "-f", "-"], text=rules)


def remove(number: int) -> None:
    """Take a lab's network away, with every cable that was left on it."""
    for interface in leftovers(number):
        delete(interface)
    delete(names.bridge(number))
    run(["nft", "delete", "table", "ip", names.table(number)], check=False)


def leftovers(number: int) -> list[str]:
    """Return the interfaces of a lab's machines."""
    machines = names.machine_prefix(number)
    patterns = (f"{names.interface(machines)}*", f"{names.delay_interface(machines)}*")
    return [path.name for pattern in patterns for path in sorted(INTERFACES.glob(pattern))]


def exists(interface: str) -> bool:
    """Tell whether an interface exists."""
    return (INTERFACES / interface).exists()


def index(interface: str) -> int | None:
    """Return the kernel's number of an interface, which a later one of its name has not."""
    try:
        return int((INTERFACES / interface / "ifindex").read_text())
    except OSError:
        return None


def delete(interface: str) -> None:
    """Remove an interface; one that is gone already is no error."""
    if exists(interface):
        run(["ip", "link", "delete", interface], check=False)


def port(machine: str) -> str:
    """Return the bridge port behind which a machine sits at this moment."""
    delayed = names.delay_interface(machine)
    return delayed if exists(delayed) else names.interface(machine)


def cut(machine: str) -> None:
    """Let no frame pass, in a way that neither end is told of."""
    _set_state(machine, DISABLED)


def heal(machine: str) -> None:
    """Let frames pass again."""
    _set_state(machine, FORWARDING)


def is_cut(machine: str) -> bool:
    """Tell whether a machine's cable is cut."""
    state = INTERFACES / port(machine) / "brport/state"
    return state.exists() and state.read_text().strip() == DISABLED


def _set_state(machine: str, state: str) -> None:
    interface = port(machine)
    if not exists(interface):
        raise LabError("the host is off: boot it first")
    run(["bridge", "link", "set", "dev", interface, "state", state])
