"""The sums of the files that a release or a host's provisioning puts in place."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from .asked import Asked
from .files import is_file, is_own, read_own, read_plain

_UNITS = "/etc/systemd/system"


def read(asked: Asked) -> dict[str, str]:
    """Tell the SHA-256 of each."""
    found = {path: _sum(read_own(path)) for path in _paths(asked) if is_file(path)}
    if is_own(asked.env_file):
        found[asked.env_file] = _sum(read_own(asked.env_file))
    elif is_file(asked.env_file):
        found[asked.env_file] = _sum(read_plain(asked.env_file) or b"")
    return found


def _paths(asked: Asked) -> Iterator[str]:
    yield from _in(asked.programs, "*", "host/*.py", "host/*/*.py")
    yield from _in(_UNITS, "changeover-*.service", "changeover-*.timer")
    yield asked.guard
    yield from (*_in(asked.pages, "*"), *_in(asked.configuration, "*"))
    yield from (asked.unit_file, asked.socket_unit_file, asked.site, asked.include, asked.candidate)


def _in(folder: str, *patterns: str) -> Iterator[str]:
    for pattern in patterns:
        found = sorted(Path(folder).glob(pattern))
        yield from (str(path) for path in found if not path.name.startswith("."))


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
