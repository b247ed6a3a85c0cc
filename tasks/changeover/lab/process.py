"""Processes, known by more than a number that the kernel may give to another."""

import json
import os
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

from changeover.lab.files import write


@dataclass(frozen=True)
class Process:
    """One process of one boot of the controller."""

    pid: int
    started: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        """Return the process that has this number now, or None."""
        started = start_time(pid)
        return None if started is None else cls(pid, started, boot_id())

    @classmethod
    def load(cls, path: Path) -> "Process | None":
        """Return the process noted in a file, if it still runs."""
        try:
            noted = cls(**json.loads(path.read_text()))
        except FileNotFoundError:
            return None
        return noted if noted.alive() else None

    def save(self, path: Path) -> None:
        """Note this process in a file."""
        write(path, json.dumps(asdict(self)) + "\n")

    def alive(self) -> bool:
        """Tell whether this very process still runs."""
        return self.boot == boot_id() and start_time(self.pid) == self.started

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if this very process still runs."""
        if self.alive():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return


def boot_id() -> str:
    """Return the id of the controller's present boot."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def start_time(pid: int) -> int | None:
    """Return when a process began, in ticks since boot; None if it ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def is_first(pid: int) -> bool:
    """Tell whether a process is number 1 of a machine that runs on the controller itself."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    numbers = next(line for line in text.splitlines() if line.startswith("NSpid:")).split()[1:]
    # A third number would be that of a container inside the machine.
    return len(numbers) == 2 and numbers[1] == "1"
