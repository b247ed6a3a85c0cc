"""What inventories say of themselves."""

import ipaddress
from typing import Any

from pyinfra.api.exceptions import InventoryError

Host = str | tuple[str, dict[str, Any]]

# RFC 5737, RFC 3849 and RFC 2606 set these aside for documentation
_NETWORKS = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
_DOMAINS = ("example.com", "example.net", "example.org", "example")


def filled_in(file: str, hosts: list[Host]) -> list[Host]:
    """
    Return the hosts of a group.

    Raises InventoryError with one line when an address is still one of documentation.
    """
    for host in hosts:
        name, data = (host, {}) if isinstance(host, str) else host
        address = str(data.get("ssh_hostname", name))
        if _is_documentation(address):
            raise InventoryError(
                f"{file}: {address} only stands for an address; put your server's there,"
                " and its site's name"
            )
    return hosts


def _is_documentation(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return any(address == name or address.endswith(f".{name}") for name in _DOMAINS)
    return any(found in ipaddress.ip_network(network) for network in _NETWORKS)
