"""A host during a release, seen from outside: nobody logs in, nothing in the product is a hook."""

import fcntl
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from changeover.lab import LabHost, cgroup, machine, names
from tests.e2e.matrix.updates import BEGIN, COMMIT, INSIDE

_POLL_SECONDS = 0.001
_STRIKE_SECONDS = 180.0
_FREEZE_SECONDS = 3.0


class MissedError(Exception):
    """The moment did not come, or had gone by before the host stood still."""


class Scene:
    """The journal, the ledger and the lock of a host, and the host's processes."""

    def __init__(self, host: LabHost, app: str) -> None:
        self.host, self.app = host, app
        self.state = host.root / "var/lib/changeover" / app
        self._group = names.control_group(host.record.machine)

    def entries(self) -> list[str]:
        """Return the steps of the open journal, in order."""
        for folder in ("redo.d", "undo.d"):
            try:
                found = sorted(os.listdir(self.state / folder))  # noqa: PTH208  the fastest look
            except FileNotFoundError:
                continue
            return [name[4:-5] for name in found if name.endswith(".json") and name[:3].isdigit()]
        return []

    def about(self) -> dict[str, Any]:
        """Return who began the open changeover."""
        folder = self.state / ("redo.d" if self.committed() else "undo.d")
        return dict(json.loads((folder / "about.json").read_text()))

    def committed(self) -> bool:
        """Tell whether the open changeover is committed."""
        return (self.state / "redo.d").is_dir()

    def is_open(self) -> bool:
        """Tell whether a changeover is open."""
        return self.committed() or (self.state / "undo.d").is_dir()

    def is_locked(self) -> bool:
        """Tell whether somebody holds the app's lock."""
        root = Path(f"/proc/{machine.leader(self.host.record)}/root")
        path = root / f"run/changeover-locks/{self.app}.lock"
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def ledger(self) -> list[dict[str, Any]]:
        """Return the ledger's records of changeovers, oldest first."""
        return [record for record in self._records() if "once" not in record]

    def done_once(self) -> list[str]:
        """Return the commands that run once, as often as the ledger says that they were done."""
        found = [record for record in self._records() if "once" in record]
        return [record["once"] for record in found if record["outcome"] == "done"]

    def _records(self) -> list[dict[str, Any]]:
        path = self.state / "ledger.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def environment(self) -> bytes:
        """Return the app's environment file."""
        return (self.host.root / "srv" / self.app / "shared/.env").read_bytes()

    def freeze(self) -> None:
        """Let nothing in the host go on, at this instant."""
        switches = self._switches()
        deadline = time.monotonic() + _FREEZE_SECONDS
        for path, word, _ in switches:
            path.write_text(word[0])
        while not all(word[2] in seen.read_text() for _, word, seen in switches):
            if time.monotonic() > deadline:
                moving = [line for pid in self.processes() if (line := _moving(pid))]
                self.thaw()
                raise MissedError(f"the host could not be frozen: {moving}")
            time.sleep(_POLL_SECONDS)

    def thaw(self) -> None:
        """Let it go on."""
        for path, word, _ in self._switches():
            path.write_text(word[1])

    def _switches(self) -> list[tuple[Path, tuple[str, str, str], Path]]:
        first, second = ("FROZEN", "THAWED", "FROZEN"), ("1", "0", "frozen 1")
        found = []
        for group in (group / "host" for group in cgroup.groups(self._group)):
            if (group / "freezer.state").exists():
                found.append((group / "freezer.state", first, group / "freezer.state"))
            elif (group / "cgroup.freeze").exists() and cgroup.is_unified():
                found.append((group / "cgroup.freeze", second, group / "cgroup.events"))
        return found

    def processes(self) -> list[int]:
        """Return every process of the host."""
        return cgroup.processes(self._group)

    def step_shells(self) -> list[int]:
        """Return the shells of the step that is at work."""
        return [pid for pid in self.processes() if _is_step(pid)]

    def freeze_at(self, moment: str, alive: Callable[[], bool]) -> float:
        """
        Stop the host at a moment and return when that was; it stays frozen.

        Raises MissedError when the moment does not come while ``alive``, or when the host was
        already past it once it stood still.
        """
        deadline = time.monotonic() + _STRIKE_SECONDS
        while not self._is_at(moment):
            if time.monotonic() > deadline or not alive():
                raise MissedError(f"{moment} never came: {self.entries()}")
            time.sleep(_POLL_SECONDS)
        self.freeze()
        if not self._is_at(moment) or self._is_done(moment.removeprefix(INSIDE)):
            self.thaw()
            raise MissedError(f"{moment} had gone by: {self.entries()}")
        return time.monotonic()

    def _is_at(self, moment: str) -> bool:
        if moment == COMMIT:
            return self.committed()
        if moment == BEGIN:
            return (self.state / "undo.d").is_dir() and not self.entries()
        step = moment.removeprefix(INSIDE)
        if self.entries()[-1:] != [step]:
            return False
        return step == moment or _works(step, self.host, self.app)

    def _is_done(self, step: str) -> bool:
        """Tell whether the step has ended, by what the journal notes for the ledger."""
        try:
            text = (self.state / "undo.d/events").read_text()
        except FileNotFoundError:
            return False
        noted = [json.loads(line) for line in text.splitlines()]
        return any(event.get("step") == step and "code" in event for event in noted)


def _works(step: str, host: LabHost, name: str) -> bool:
    """Tell whether a step is in its middle, by what is so on the host only then."""
    backups = host.root / "var/backups/changeover" / name
    units = Path(f"/proc/{machine.leader(host.record)}/root/run/systemd/transient")
    match step:
        case "dependencies.python":
            return (units / f"changeover-{name}-packages.service").exists()
        case "build.assets":
            return (units / f"changeover-{name}-build.service").exists()
        case "rehearse.migrations":
            return (host.root / "var/lib/changeover" / name / "rehearsal").exists()
        case "backup.take":
            # of PostgreSQL, the dump is there and is being restored into a scratch database
            dumps = list(backups.glob("*.postgres.zst"))
            restored = any(not Path(f"{dump}"[:-13] + ".json").exists() for dump in dumps)
            return restored or (backups / ".sqlite_backup").exists()
        case "migrate.forward":
            return (units / f"changeover-{name}-migrate.service").exists()
    raise ValueError(step)


def _is_step(pid: int) -> bool:
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return line[0] == b"bash" and line[1].startswith(b"/proc/self/fd/")
    except (OSError, IndexError):
        return False


def _moving(pid: int) -> str:
    """Return what a process does that the freezer waits for, "" for a frozen one."""
    try:
        asleep = Path(f"/proc/{pid}/wchan").read_text()
        line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
    return "" if asleep == "__refrigerator" else f"{pid} {line[:60]} in {asleep}"
