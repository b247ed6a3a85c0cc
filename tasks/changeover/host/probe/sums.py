"""The sums of the files that a release or a host's provisioning puts in place."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from .asked import Asked
from .files import content, content_of_app

_UNITS = "/etc/systemd/system"


def read(asked: Asked) -> dict[str, str]:
    """Tell the SHA-256 of each."""
    found = {path: content(path) for path in _paths(asked)}
    found[asked.env_file] = content_of_app(asked.env_file)
    return {path: _sum(text) for path, text in found.items() if text is not None}


def _paths(asked: Asked) -> Iterator[str]:
    yield from _in(asked.programs, "*", "current/host/*.py", "current/host/*/*.py")
    # of an earlier version of Changeover
    yield from _in(asked.programs, "host/*.py", "host/*/*.py")
    yield from _in(_UNITS, "changeover-*.service", "changeover-*.timer")
    yield asked.guard
    yield from (*_in(asked.pages, "*"), *_in(asked.configuration, "*"))
    yield from (*asked.process_files, asked.site, asked.include, asked.candidate)


def _in(folder: str, *patterns: str) -> Iterator[str]:
    for pattern in patterns:
        found = sorted(Path(folder).glob(pattern))
        yield from (str(path) for path in found if not path.name.startswith("."))


def _sum(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
