"""Names of hosts as everybody on the way spells them: in lower case and in ASCII."""

import ipaddress
import re
from encodings import idna

EXPECTED = "expected a host name or an address, without http:// and port"
_SPELT = "cannot be spelt in ASCII without a doubt: write it as its registrar shows it (xn--...)"
_DOTS = re.compile("[.\u3002\uff0e\uff61]")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_LONGEST = 253
# what the two editions of the standard spell in different ways
_DOUBTFUL = re.compile("[\u00df\u03c2\u200c\u200d]")


def host_name(value: str) -> str:
    """
    Return a name or an address as nginx, certbot and visitors' browsers spell it.

    Raises ValueError, without the value, for what is none.
    """
    if is_address(value):
        return value.lower()
    labels = _DOTS.split(value.removesuffix("."))
    every = labels[:1] == ["*"] and len(labels) > 1
    spelt = [_ascii(label) for label in (labels[1:] if every else labels)]
    name = ".".join(["*", *spelt] if every else spelt)
    if not all(map(_LABEL.fullmatch, spelt)) or len(name) > _LONGEST:
        raise ValueError(EXPECTED)
    return name


def is_address(name: str) -> bool:
    """Tell whether it is an address and no name."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _ascii(label: str) -> str:
    if label.isascii():
        return label.lower()
    if _DOUBTFUL.search(label):
        raise ValueError(_SPELT)
    try:
        return idna.ToASCII(label).decode().lower()
    except UnicodeError:
        raise ValueError(_SPELT) from None
