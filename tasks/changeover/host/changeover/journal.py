"""
The journal of an open changeover: one entry a step, written before the step acts.

``undo.d`` is open, ``redo.d`` is committed; the rename between them is the commit. Before it a
changeover goes only backwards, after it only forwards, whoever is alive to do it.
"""

import hashlib
import json
import os
import re
import shutil
import time
from pathlib import Path
from typing import Any

from ..files import Failure, check_saved, save, sync, write

_ENTRY = re.compile(r"\d{3}-[a-z0-9_.-]+\.json")
_NEW, _GONE = "undo.new", "journal.gone"
_TEXT = ("name", "phase", "undo", "redo")


class Journal:
    """The open changeover of one app, if there is one."""

    def __init__(self, state: Path) -> None:
        """Look at the journal in the app's state folder."""
        self.state = state
        self.undo = state / "undo.d"
        self.redo = state / "redo.d"

    @property
    def folder(self) -> Path | None:
        """Where the entries are, None when no changeover is open."""
        return next((folder for folder in (self.redo, self.undo) if folder.is_dir()), None)

    @property
    def committed(self) -> bool:
        """Tell whether it can only go forwards."""
        return self.redo.is_dir()

    def open(self, about: dict[str, Any]) -> None:
        """Begin: the journal is there with who and what, or not at all."""
        self.sweep()
        new = self.state / _NEW
        new.mkdir(mode=0o700)
        write(new / "about.json", _sealed(about))
        new.rename(self.undo)
        sync(self.state)

    def about(self) -> dict[str, Any]:
        """Return who began what. Raises Failure when that cannot be read."""
        assert self.folder is not None
        path = self.folder / "about.json"
        by_hand = f"undo by hand what the entries beside it tell, then move {self.folder} away"
        return _read(path, f"it told how the app is brought back: {by_hand}")

    def add(self, step: dict[str, Any]) -> Path:
        """Write a step's undo durably; only then may the step act."""
        number = sum(1 for _ in self.undo.glob("*-*.json")) + 1
        name = f"{number:03}-{step['name']}"
        if not _ENTRY.fullmatch(f"{name}.json"):
            raise Failure(f"{step['name']} is no name for a step")
        entry = {key: step.get(key) or "" for key in _TEXT}
        entry["undo_limit"] = step.get("undo_limit")
        # under "stop" an earlier version of this program takes each word for a unit of systemd's
        ends = step.get("stop") or ""
        entry |= {"stop": [], "ended_by": ends} if isinstance(ends, str) else {"stop": ends}
        entry["saved"] = [
            save(Path(path), self.undo / f"{name}.saved-{count}")
            for count, path in enumerate(step.get("save") or [])
        ]
        path = self.undo / f"{name}.json"
        write(path, _sealed(entry))
        return path

    def entries(self) -> list[tuple[Path, dict[str, Any]]]:
        """
        Return the entries, oldest first.

        Raises Failure if one of them is damaged: then nothing is touched, as half an undo could
        be worse than none.
        """
        assert self.folder is not None
        found = []
        for path in sorted(self.folder.glob("*.json")):
            if path.name == "about.json":
                continue
            by_hand = f"undo {path.stem} by hand, then move its entry away"
            entry = _read(path, by_hand)
            # what is committed is not put back
            for noted in [] if self.committed else entry["saved"]:
                check_saved(noted, self.folder, by_hand)
            found.append((path, entry))
        return found

    def undone(self, path: Path) -> None:
        """Note durably that an entry was undone."""
        path.rename(path.with_suffix(".undone"))
        sync(path.parent)

    def names(self) -> list[str]:
        """Return the steps that were ever journalled, also those that were undone meanwhile."""
        assert self.folder is not None
        kept = (path for path in self.folder.iterdir() if path.suffix in (".json", ".undone"))
        return sorted(path.stem for path in kept if path.name != "about.json")

    def commit(self) -> None:
        """From here on only forwards; what the steps did is on the disk before that is."""
        os.sync()
        self.undo.rename(self.redo)
        sync(self.state)

    def close(self) -> None:
        """Remove what is finished; under another name first, so that half of it is nothing."""
        self.sweep()
        if self.folder is not None:
            self.folder.rename(self.state / _GONE)
            sync(self.state)
            self.sweep()

    def sweep(self) -> None:
        """Remove what a crash left of journals that were not open yet, or not any more."""
        for name in (_NEW, _GONE):
            shutil.rmtree(self.state / name, ignore_errors=True)
        for path in (self.state / "stuck", *self.state.glob(".*.changeover")):
            path.unlink(missing_ok=True)

    def note(self, **event: Any) -> None:
        """Add an event for the ledger; it is for people, so a lost one does no harm."""
        if self.folder is None:
            return
        line = json.dumps({"at": round(time.time(), 2)} | event, sort_keys=True)
        try:
            with (self.folder / "events").open("a") as file:
                file.write(line + "\n")
        except OSError:
            pass

    @property
    def phase(self) -> str | None:
        """The phase of the newest step, None before the first."""
        phases = [event["phase"] for event in self.events() if "phase" in event]
        return phases[-1] if phases else None

    def events(self) -> list[dict[str, Any]]:
        """Return the events that can be read, oldest first."""
        if self.folder is None or not (self.folder / "events").exists():
            return []
        found = []
        for line in (self.folder / "events").read_text(errors="replace").splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and isinstance(event.get("at"), int | float):
                found.append(event)
        return found


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _sealed(content: dict[str, Any]) -> bytes:
    return json.dumps(content | {"sha256": _digest(content)}, sort_keys=True).encode()


def _read(path: Path, otherwise: str) -> dict[str, Any]:
    """Return what was sealed. Raises Failure, with what to do, when it is not what was written."""
    try:
        found = dict(json.loads(path.read_bytes()))
        whole = found.pop("sha256", None) == _digest(found)
    except (OSError, ValueError, TypeError):
        whole = False
    if not whole:
        raise Failure(f"the journal's file {path} is damaged or missing; {otherwise}")
    return found
