"""
The end of an open changeover that nobody goes on with: back, or, once committed, forward.

The only code that undoes. Each part may be done twice, so it goes on where it was stopped. It
stops at the first failure and keeps everything: the journal, and the closed page if it was up.
"""

import contextlib
import math
import os
import time
from pathlib import Path
from typing import Any, NamedTuple

from ..beside import lasting
from ..files import Failure, put_back, write
from ..units import control as units
from . import ledger, process
from .journal import Journal

_SCRIPT_SECONDS = 900
_SHOWN_LINES = 12
_PROGRAM = lasting("changeover")


class Ending(NamedTuple):
    """How it ended: an outcome of the ledger, and why in words for people."""

    outcome: str
    said: str

    @property
    def stuck(self) -> bool:
        """Tell whether the changeover could not be ended."""
        return self.outcome == ledger.STUCK


def finish(
    journal: Journal, *, why: str, by: str, spare: int = 0, patient: bool = False
) -> Ending | None:
    """
    Bring the open changeover to its end; None when none is open.

    The lock must be held. ``spare`` is a process of the changeover's scope that is not killed:
    the caller, where it is one. Scripts have the time that their entry gives them; where somebody
    waits who is ``patient``, a person, as long as they take.
    """
    if journal.folder is None:
        journal.sweep()
        return None
    try:
        about = journal.about()
        entries = journal.entries()
        process.kill_scope(about.get("scope", ""), spare)
        _stop(entries, math.inf if patient else 0)
        forward = journal.committed
        end = _forward if forward else _backward
        said = end(journal, about, entries, math.inf if patient else 0)
        outcome = ledger.COMMITTED if forward else ledger.UNDONE
        record = ledger.record(journal, outcome, why, by, time.time())
        ledger.append(journal.state, record)
        journal.close()
    except Exception as error:  # whatever it is: keep all, and say so
        return _stuck(journal, why, by, error)
    return Ending(outcome, said)


def _stop(entries: list[tuple[Path, dict[str, Any]]], patience: float) -> None:
    """End what steps started elsewhere, each by the script that its runner gave."""
    for _, entry in entries:
        if entry.get("ended_by"):
            what = f"ending what {entry['name']} started"
            _run(what, entry["ended_by"], {}, max(_SCRIPT_SECONDS, patience))
        for unit in entry["stop"]:  # a journal of an earlier version lists systemd's units
            units.stop(unit)


def _backward(
    journal: Journal,
    about: dict[str, Any],
    entries: list[tuple[Path, dict[str, Any]]],
    patience: float,
) -> str:
    journal.note(event="undo")
    for path, entry in reversed(entries):
        name = f"the undo of {entry['name']}"
        if entry["undo"]:
            # one of an earlier version of this program says nothing of it
            limit = entry.get("undo_limit") or _SCRIPT_SECONDS
            _run(name, entry["undo"], {}, max(limit, patience))
            os.sync()  # before it is noted as done
        for noted in entry["saved"]:
            put_back(noted, path.parent)
        journal.undone(path)
    steps = {"steps": " ".join(journal.names())}
    _run("bringing the old release back", about["settle"], steps, max(_SCRIPT_SECONDS, patience))
    os.sync()  # before the journal goes
    journal.note(event="opened")
    serving = (about.get("from") or {}).get("release")
    before = (
        f"{serving} serves as before"
        if serving
        else "nothing served before, and nothing serves now"
    )
    return f"undone: {about.get('before') or before}"


def _forward(
    journal: Journal,
    _: dict[str, Any],
    entries: list[tuple[Path, dict[str, Any]]],
    patience: float,
) -> str:
    for _path, entry in entries:
        if entry["redo"]:
            _run(f"the end of {entry['name']}", entry["redo"], {}, max(_SCRIPT_SECONDS, patience))
    os.sync()  # before the journal goes: until then all of it is done once more
    journal.note(event="opened")
    return "committed"


def _run(what: str, script: str, environment: dict[str, str], limit: float) -> None:
    code, said = process.run(script, limit, environment)
    if code:
        tail = "\n".join(said.lines(_SHOWN_LINES))
        raise Failure(f"{what} failed (exit {code}):\n{tail}")


def _stuck(journal: Journal, why: str, by: str, error: Exception) -> Ending:
    """Keep everything, and say what happened where a person will look."""
    app = journal.state.name
    said = (
        f"{error}\n"
        f"The changeover of {app} could not be ended. Its journal is kept in {journal.folder},"
        " and a site that was closed stays closed.\n"
        "Mend what is said above, then: deploys/undo.py --data undo=again, or as root on the host:"
        f"  {_PROGRAM} undo {app} --again"
    )
    # if the disk or the journal is what is wrong, the words still reach the caller
    with contextlib.suppress(Failure, OSError):
        write(journal.state / "stuck", said.encode())
    with contextlib.suppress(Failure, OSError):
        record = ledger.record(journal, ledger.STUCK, f"{why}; {error}", by, time.time())
        ledger.append(journal.state, record)
    return Ending(ledger.STUCK, said)
