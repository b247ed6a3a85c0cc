"""The rules of a host's firewall, and who is never kept out."""

import ipaddress
import re
from collections.abc import Iterable

from changeover.hardening.plans.part import HostTarget
from changeover.templates.render import render

TABLE = "changeover"
RULES = "/etc/nftables.d/changeover.nft"
PORTS = "/etc/nftables.d/changeover-ssh.nft"
"""``define ssh_ports``, written on the host: only there is it known where sshd listens."""
RATE = "20/minute burst 20 packets"

_POSTGRES = "5432/tcp"
_OPEN = re.compile(r"(?P<port>\d+)/(?P<protocol>tcp|udp)(?: from (?P<source>\S+))?")
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def operators(target: HostTarget) -> tuple[str, ...]:
    """Return the networks that are never slowed down or banned; one address without its mask."""
    given = (*target.settings.operator_addresses, target.machine.controller)
    return collapsed(address for address in given if address)


def collapsed(addresses: Iterable[str]) -> tuple[str, ...]:
    """Return addresses and networks without those that others hold, IPv4 first."""
    networks = [_network(address) for address in addresses]
    four = [one for one in networks if isinstance(one, ipaddress.IPv4Network)]
    six = [one for one in networks if isinstance(one, ipaddress.IPv6Network)]
    found: list[_Network] = [
        *ipaddress.collapse_addresses(four),
        *ipaddress.collapse_addresses(six),
    ]
    return tuple(_short(one) for one in found)


def _network(text: str) -> _Network:
    # sshd names the link too where an address is of one link only: fe80::1%eth0
    network = ipaddress.ip_network(text.split("%")[0])
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped and network.prefixlen == network.max_prefixlen:
        return ipaddress.IPv4Network(mapped)
    return network


def _short(network: _Network) -> str:
    alone = network.prefixlen == network.max_prefixlen
    return str(network.network_address if alone else network)


def open_ports(target: HostTarget) -> tuple[str, ...]:
    """Return what is open beside sshd, in the form of the setting: ``5432/tcp from 10.0.0.0/8``."""
    web = any(carried.app.site for carried in target.apps)
    postgres = (f"{_POSTGRES} from {one}" for one in target.settings.postgres_networks)
    given = [*(("80/tcp", "443/tcp") if web else ()), *target.settings.open_ports, *postgres]
    return tuple(dict.fromkeys(given))


def _rule(port: str, match: str) -> str:
    found = _OPEN.fullmatch(port)
    if found is None:
        raise ValueError(f"{port!r} is no port such as 8443/tcp")
    rule = match.format(protocol=found["protocol"], port=int(found["port"]))
    if not found["source"]:
        return rule
    source = _network(found["source"])
    return f"{'ip' if source.version == 4 else 'ip6'} saddr {_short(source)} {rule}"


def rules(target: HostTarget) -> str:
    """Return the file that makes the table anew, in one transaction of nftables."""
    exempt = operators(target)
    ports = open_ports(target)
    return render(
        "firewall.nft.j2",
        table=TABLE,
        ports=PORTS,
        rate=RATE,
        operator4=[one for one in exempt if ":" not in one],
        operator6=[one for one in exempt if ":" in one],
        rules=[_rule(one, "{protocol} dport {port}") for one in ports],
        published=[
            _rule(one, "meta l4proto {protocol} ct original proto-dst {port}") for one in ports
        ],
    )
