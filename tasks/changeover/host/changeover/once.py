"""
Commands that run once: each is in the ledger before it begins, and again when it has ended.

A record that says ``began`` and no more is of a command of which nobody knows how far it came: a
person has to look. Nothing here is repeated or passed over without that person's word.
"""

import secrets
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..expect.command import Done, Place, run
from ..files import Failure
from . import ledger

BEGAN, DONE, FAILED = "began", "done", "failed"


def last(state: Path) -> dict[str, dict[str, Any]]:
    """Return what is known of each one-time command, by its name."""
    return {str(found["once"]): found for found in ledger.read(state) if found.get("once")}


def run_all(app: str, state: Path, asked: Mapping[str, Any]) -> None:
    """
    Run one after the other, and stop at the first that fails. The app's lock has to be held.

    ``asked`` also says what a person says: ``again``, the name of the one that shall be repeated,
    and ``done``, the name of one that counts as done. Raises Failure.
    """
    place = Place(app, asked["folder"], asked["environment"], asked["shared"])
    for one in asked["commands"]:
        record = _Record(app, state, one["name"], asked["about"])
        if asked["done"] == one["name"]:
            record.note(DONE, f"said to be done by {asked['about']['operator']}")
        else:
            _run_one(place, record, one, again=asked["again"] == one["name"])


def _run_one(place: Place, record: "_Record", one: Mapping[str, Any], *, again: bool) -> None:
    # another run may have come first since the controller looked
    known = last(record.state).get(one["name"])
    if known and not again:
        _say(f"{one['name']}: {known['outcome']} already, on {known['began']}")
        if known["outcome"] != DONE:
            raise Failure(f"once {one['name']}: {known['outcome']}, and not run again by itself")
        return
    if one["rehearse"]:
        rehearsal = run(place, "once", one["rehearse"], one["seconds"])
        _tell(f"rehearsal of {one['name']}", rehearsal)
        if rehearsal.problem:
            raise Failure(f"once {one['name']}: its rehearsal failed, so it was not begun")
    record.note(BEGAN)
    done = run(place, "once", one["words"], one["seconds"])
    record.note(FAILED if done.problem else DONE, done.problem)
    _tell(one["name"], done)  # after the record: perhaps nobody listens any more
    if done.problem:
        raise Failure(
            f"once {one['name']}: {done.problem}; it is not run again by itself. Look how far it"
            f" came, then say --data {place.app}_once=again:{one['name']} or done:{one['name']}."
            " The release stays."
        )


class _Record:
    """The ledger's record of one attempt."""

    def __init__(self, app: str, state: Path, name: str, about: Mapping[str, Any]) -> None:
        self.state = state
        self._began = time.time()
        # an attempt has an id of its own: the ledger keeps the last record of each
        self._known = {
            "id": f"{app}-once-{name}-{int(self._began)}-{secrets.token_hex(3)}",
            "kind": f"once {name}",
            "once": name,
            "began": ledger.moment(self._began),
            **about,
        }

    def note(self, outcome: str, why: str = "") -> None:
        """Add what is known now."""
        now = time.time()
        if outcome == BEGAN:
            self._began, self._known["began"] = now, ledger.moment(now)
        ended = {"ended": ledger.moment(now), "seconds": round(now - self._began, 2)}
        known = self._known if outcome == BEGAN else self._known | ended
        ledger.append(self.state, {**known, "outcome": outcome, "why": why})


def _tell(what: str, done: Done) -> None:
    _say(f"{what}: {done.problem or 'done'} after {done.seconds:.1f} s")
    for line in done.output.splitlines():
        _say(f"    {line}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
