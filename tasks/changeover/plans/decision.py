"""A step's decision: is there something to do, and why (not)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Decision:
    """Whether a step acts, with the reason that is shown either way."""

    needed: bool
    why: str


def todo(why: str) -> Decision:
    """Decide to act."""
    return Decision(needed=True, why=why)


def done(why: str) -> Decision:
    """Decide that it is already so."""
    return Decision(needed=False, why=why)
