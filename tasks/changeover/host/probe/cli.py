"""The command line of what was sent: one line of JSON is the whole answer."""

import json
import sys
from collections.abc import Callable
from typing import Any

from .asked import Asked
from .parts import several


def main(words: list[str], given: bytes) -> None:
    """Answer to ``look``, ``status`` (a look and more), or ``candidate`` (of lines on stdin)."""
    command, asked = words
    act = _act(command, Asked(**json.loads(asked)), given)
    told = several("host", act)
    sys.stdout.write(json.dumps({"probe": told}) + "\n")


def _act(command: str, asked: Asked, given: bytes) -> Callable[[], dict[str, Any] | None]:
    """Return what answers, imported: only a Python that has not all of it fails here."""
    if command == "candidate":
        from . import candidate

        return lambda: candidate.answer(asked, given)
    from . import look

    return lambda: look.answer(asked, more=command == "status")
