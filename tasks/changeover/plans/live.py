"""A release that is going on at this moment, seen by another run."""

from collections.abc import Mapping
from typing import Any, Protocol

from changeover.host.changeover.lock import is_release, is_undo
from changeover.host.changeover.words import being_released, said


class LockState(Protocol):
    """What is seen of who works on an app, or on the host itself."""

    @property
    def held(self) -> Mapping[str, Any] | None:
        """Who holds the lock, as far as is known."""

    @property
    def open_changeover(self) -> Mapping[str, Any] | None:
        """Who began the changeover whose journal is there, and what."""


def is_live(snapshot: LockState) -> bool:
    """Tell whether a changeover of the app is going on at this moment."""
    return is_release(snapshot.held or {})


def is_ending(snapshot: LockState) -> bool:
    """Tell whether somebody ends a changeover of the app at this moment, back or forward."""
    return is_undo(snapshot.held or {})


def is_of(snapshot: LockState, operator: str, controller: str) -> bool:
    """Tell whether this person releases the app, from this machine."""
    held = snapshot.held or {}
    return (held.get("operator"), held.get("controller")) == (operator, controller)


def describe(app: str, snapshot: LockState) -> str:
    """Return who releases the app, since when, in which phase, and what to do about it."""
    known = {key: value for key, value in (snapshot.held or {}).items() if value}
    about = {**(snapshot.open_changeover or {}), **known}
    phase = (snapshot.open_changeover or {}).get("phase") or known.get("phase")
    return being_released(app, about, phase)


def describe_holder(app: str, snapshot: LockState) -> str:
    """Return who works on the app, and since when."""
    return said(app, snapshot.held or {})
