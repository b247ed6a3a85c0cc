"""A release that is going on at this moment, seen by another run."""

from collections.abc import Mapping
from typing import Any, Protocol

from tasks.host.changeover_lock import is_release
from tasks.host.changeover_words import being_released


class Held(Protocol):
    """What is seen of who works on an app, or on the host itself."""

    @property
    def held(self) -> Mapping[str, Any] | None:
        """Who holds the lock, as far as is known."""

    @property
    def open_changeover(self) -> Mapping[str, Any] | None:
        """Who began the changeover whose journal is there, and what."""


def is_live(snapshot: Held) -> bool:
    """Tell whether a changeover of the app is going on at this moment."""
    return is_release(dict(snapshot.held or {}))


def describe(app: str, snapshot: Held) -> str:
    """Return who releases the app, since when, in which phase, and what to do about it."""
    about = snapshot.open_changeover or {}
    return being_released(app, about, about.get("phase"))
