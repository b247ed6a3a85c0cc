"""The parts of an answer: each is told, or says why it could not be."""

import os
from collections.abc import Callable
from typing import Any

from .words import cleaned

FAILED = "failed:"
"""What a part has that could not be read: no name of a user and no path is so."""
NEEDS_ROOT = "it needs root"
"""What it says where whoever asks is not root."""
_SHOWN_LETTERS = 400


def part(name: str, act: Callable[[], Any]) -> dict[str, Any]:
    """Return one part; what could not be read says so, as that is not nothing."""
    try:
        return {name: cleaned(act())}
    except Exception as error:
        return {name: failed(error)}


def several(name: str, act: Callable[[], dict[str, Any] | None]) -> dict[str, Any] | None:
    """Return several parts; what keeps all of them from being told is told under one name."""
    try:
        return act()
    except Exception as error:
        return {name: failed(error)}


def failed(error: Exception) -> dict[str, str]:
    """Return what stands in the place of a part that could not be read."""
    if isinstance(error, PermissionError) and os.geteuid() != 0:
        return {FAILED: NEEDS_ROOT}
    return {FAILED: cleaned(f"{type(error).__name__}: {error}")[:_SHOWN_LETTERS]}
