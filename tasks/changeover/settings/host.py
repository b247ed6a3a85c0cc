"""A host's own values, whatever apps it carries: flat keys ``host_<field>``."""

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, Field

from changeover.settings.base import Strict

_KEY = re.compile(r"(ssh-(ed25519|rsa)|ecdsa-sha2-nistp\d+|sk-\S+) [A-Za-z0-9+/=]+( .*)?")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,30}")
_HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_PORT = re.compile(r"([0-9]{1,5})/(tcp|udp)( from (\S+))?")
_WINDOW = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]")
_ZONE = re.compile(r"[A-Za-z_+-]+(/[A-Za-z0-9_+-]+)*")
_LOCALE = re.compile(r"[A-Za-z_]+\.UTF-8")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_DIRECTORY = re.compile(r"production|staging|https://\S+")


def _matching(pattern: re.Pattern[str], expected: str) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(f"expected {expected}")
        return value

    return AfterValidator(check)


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value)
    except ValueError as error:
        raise ValueError(f"expected an address or a network: {error}") from None
    return value


def _port(value: str) -> str:
    found = _PORT.fullmatch(value)
    if not found or not 0 < int(found[1]) < 65536:
        raise ValueError("expected a port such as 8443/tcp or '5432/tcp from 10.0.0.0/8'")
    if found[4]:
        _network(found[4])
    return value


PublicKey = Annotated[str, _matching(_KEY, "a line of a public key file")]
Network = Annotated[str, AfterValidator(_network)]
Port = Annotated[str, AfterValidator(_port)]


class HostSettings(Strict):
    """What makes a host fit for the internet."""

    operator: Annotated[str, _matching(_USER, "the name of a user")] | None = None
    """User that operators log in as; created if it is missing. By default the one that pyinfra logs
    in as (``ssh_user``)."""
    operator_keys: list[PublicKey] = Field(default=[])
    """Public keys that may log in as the operator, and no others. Empty: keys are left alone."""
    operator_addresses: list[Network] = Field(default=[])
    """Addresses or networks that are never banned, beside the one that pyinfra comes from."""
    open_ports: list[Port] = Field(default=[])
    """Ports that are open beside those of ssh and the apps' sites: ``8443/tcp``, ``5432/tcp from
    10.0.0.0/8``."""
    proxies: list[Network] = Field(default=[])
    """Proxies in front of nginx, which nginx believes when they name a visitor's address."""
    name: Annotated[str, _matching(_HOST_NAME, "a host name in lower case")] | None = None
    """The host's own name. None leaves it as it is."""
    timezone: Annotated[str, _matching(_ZONE, "a time zone such as Europe/Rome")] = "Etc/UTC"
    """The host's time zone."""
    locale: Annotated[str, _matching(_LOCALE, "a locale such as C.UTF-8")] = "C.UTF-8"
    """The host's locale."""
    swap_megabytes: int | None = Field(default=None, ge=0)
    """Size of the swap file. None chooses one by the host's memory, 0 makes none."""
    journal_megabytes: int = Field(default=500, ge=50)
    """Largest size of the system's journal."""
    reboot_window: Annotated[str, _matching(_WINDOW, "a time such as 03:00-05:00")] | None = (
        "03:00-05:00"
    )
    """When the host may reboot for a security upgrade, in its time zone, while nothing is released.
    None never reboots it."""
    acme_email: Annotated[str, _matching(_MAIL, "an e-mail address")] | None = None
    """Address that the certificate authority writes to."""
    acme_directory: Annotated[
        str, _matching(_DIRECTORY, "production, staging or the URL of an ACME directory")
    ] = "production"
    """Where certificates come from. ``production`` and ``staging`` are Let's Encrypt's; a URL names
    another ACME server's directory."""
    postgres_networks: list[Network] = Field(default=[])
    """Networks that may reach the host's PostgreSQL server. Empty: only the host itself."""
