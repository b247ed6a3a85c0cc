"""The command line of what was sent: one line of JSON is the whole answer."""

import json
import sys
from typing import Any

from .asked import Asked


def main(words: list[str], given: bytes) -> None:
    """Answer to ``look``, to ``status`` (a look and more), or to ``wished`` (of lines on stdin)."""
    command, asked = words
    told = _answer(command, Asked(**json.loads(asked)), given)
    sys.stdout.write(json.dumps({"probe": told}) + "\n")


def _answer(command: str, asked: Asked, given: bytes) -> dict[str, Any] | None:
    if command == "wished":
        from . import wished

        return wished.answer(asked, given)
    from . import look

    return look.answer(asked, more=command == "status")
