"""The words of an answer: valid text that speaks to no terminal."""

import re
from typing import Any, NamedTuple

# but a tab and the end of a line
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Verbatim(NamedTuple):
    """What goes as it is: values that must come to the letter, and JSON that we wrote ourselves."""

    value: Any


def cleaned(told: Any) -> Any:
    """Return what is told without control characters, and without what is no text."""
    if isinstance(told, Verbatim):
        return told.value
    if isinstance(told, str):
        return _CONTROLS.sub("", told.encode("utf-8", "ignore").decode())
    if isinstance(told, dict):
        return {cleaned(key): cleaned(value) for key, value in told.items()}
    if isinstance(told, list | tuple):
        return [cleaned(one) for one in told]
    return told
