"""Watching a host for words that may stand nowhere: command lines, environments, files."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from typing_extensions import override

from changeover.lab import LabHost, machine


class Watch(threading.Thread):
    """Looks at every process of a host, again and again, for what others must not see there."""

    def __init__(self, host: LabHost, words: list[str], app: str) -> None:
        super().__init__(daemon=True)
        # the host's own view of its processes: no other host's are in it
        self.processes = Path(f"/proc/{machine.leader(host.record)}/root/proc")
        self.app = host.run(f"id -u {app}").stdout.strip()
        self.words = [word.encode() for word in words]
        self.found: set[str] = set()
        self.seen_in_app = False
        self.ended = threading.Event()

    @override
    def run(self) -> None:
        """Look until the end is asked for."""
        while not self.ended.is_set():
            for process in self.processes.iterdir():
                if process.name.isdigit():
                    with suppress(OSError):
                        self._look(process)

    def _look(self, process: Path) -> None:
        line = (process / "cmdline").read_bytes()
        if self._holds(line):
            self.found.add(f"command line of {line[:60]!r}")
        if self._holds((process / "environ").read_bytes()):
            owner = re.search(r"^Uid:\s+(\d+)", (process / "status").read_text(), re.MULTILINE)
            if owner and owner[1] == self.app:
                self.seen_in_app = True
            else:
                self.found.add(f"environment of {line[:60]!r}")

    def _holds(self, content: bytes) -> bool:
        return any(word in content for word in self.words)


def is_running(host: LabHost, *words: str) -> bool:
    """Tell whether the host has a process whose command line holds all of the words."""
    for path in Path(f"/proc/{machine.leader(host.record)}/root/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if set(words) <= set(line):
            return True
    return False


@contextmanager
def watched(host: LabHost, words: list[str], app: str = "playmaker") -> Iterator[Watch]:
    """Watch a host for words while something is done to it."""
    watch = Watch(host, words, app)
    watch.start()
    try:
        yield watch
    finally:
        watch.ended.set()
        watch.join()


def files_with(host: LabHost, words: list[str], places: str, user: str) -> list[str]:
    """Return the files in some places in which a user can read one of the words."""
    text = "".join(f"{word}\n" for word in words)
    # 1: none found; 2: a folder that this user may not enter
    said = host.run(f"grep -rlsF -f - {places}", check=False, user=user, text=text)
    assert said.returncode in (0, 1, 2), said.stderr
    return said.stdout.splitlines()
