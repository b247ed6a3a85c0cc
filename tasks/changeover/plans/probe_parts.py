"""The parts of the probe's answer, or why they are none."""

from collections.abc import Sequence
from typing import Any

from changeover.host import json_text
from changeover.host.probe.parts import FAILED, NEEDS_ROOT

_BEGIN = '{"probe": '


class NeedsRootError(ValueError):
    """The probe was run by somebody else than root."""

    def __init__(self) -> None:
        """Say what to do."""
        what = "set _sudo = True (and _sudo_password) for this host"
        super().__init__(f"the probe needs root: {what}")


def parts(lines: Sequence[str]) -> dict[str, Any]:
    """
    Return the parts of an answer.

    Raises ValueError when it was cut short, and for a part that could not be read: that is not
    nothing.
    """
    found = only(lines)
    if found is None:
        raise ValueError("the probe was cut short")
    failed = {
        name: part[FAILED]
        for name, part in found.items()
        if isinstance(part, dict) and FAILED in part
    }
    if NEEDS_ROOT in failed.values():
        raise NeedsRootError
    for name, why in failed.items():
        raise ValueError(f"cut short: the look at the {name} failed: {why}")
    return found


def only(lines: Sequence[str]) -> dict[str, Any] | None:
    """Return the one answer among what a shell says, None where there is none."""
    said = [line for line in lines for _ in range(line.count(_BEGIN))]
    if len(said) > 1:
        raise ValueError("the probe answers twice")
    if said and not said[0].startswith(_BEGIN):
        raise ValueError("something stands before the probe's answer: what does its shell print?")
    try:
        found = json_text.read(said[0])["probe"] if said else None
    except ValueError as error:
        raise ValueError(f"the probe was cut short: {error}") from None
    return None if found is None else dict(found)
