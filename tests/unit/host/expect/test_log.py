"""Errors since the restart: in the journal, by priority or words, and in log files."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.unit.host.expecting import expect

PATTERN = r"\b(Traceback|ERROR)\b"


@dataclass
class Machine:
    """A journal, and log files, of a unit that is restarted."""

    folder: Path
    entries: list[dict[str, Any]] = field(default_factory=list)

    def log(
        self, message: object, priority: int = 6, invocation: str = "new", pid: int = 77
    ) -> None:
        entry = {
            "MESSAGE": message,
            "PRIORITY": str(priority),
            "_SYSTEMD_INVOCATION_ID": invocation,
            "_PID": str(pid),
        }
        entry["__REALTIME_TIMESTAMP"] = str(int(time.time() * 1e6))
        self.entries.append(entry)

    def restart(self) -> None:
        words = ("mark", "--journal", "a.service", "--into", self.marked, *self.files)
        assert self._run([], *words) == []

    @property
    def marked(self) -> Path:
        return self.folder / "restarted.json"

    @property
    def files(self) -> list[Path]:
        return [self.folder / "a.log", self.folder / "b.log"]

    def errors(self, allowed: int = 0, after: float = 0) -> list[str]:
        log = {
            "journals": ["a.service"],
            "files": [str(f) for f in self.files],
            "pattern": PATTERN,
            "allowed": allowed,
        }
        asked = {"logs": [log], "user": "", "marked": str(self.marked), "after": after}
        return self._run({"log": asked}, "observe")

    def _run(self, asked: object, *words: object) -> list[str]:
        journal = self.folder / "journal"
        journal.write_text("".join(f"{json.dumps(entry)}\n" for entry in self.entries))
        self._program("journalctl", f"cat {journal}")
        self._program("systemctl", "echo old")
        return expect(asked, *words, path=f"{self.folder}:/usr/bin:/bin")

    def _program(self, name: str, body: str) -> None:
        program = self.folder / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_quiet_start_is_well(machine: Machine) -> None:
    machine.log("ERROR of before")
    machine.restart()
    machine.log("Started.")
    machine.log("ERRORS_TOTAL=0 is but a word")

    assert machine.errors() == []


@pytest.mark.parametrize(
    ("message", "priority"),
    [
        ("Traceback (most recent call last):", 6),
        ("ERROR:    Exception in ASGI application", 6),
        ("it went wrong", 3),
        (list(b"\xff ERROR in bytes"), 6),
    ],
)
def test_errors_since_the_restart_are_shown(
    machine: Machine, message: object, priority: int
) -> None:
    machine.restart()
    machine.log("fine")
    machine.log(message, priority)

    (found,) = machine.errors()

    assert found.startswith(
        "the log of a.service has 1 line with errors since the restart, 0 allowed:\n    "
    )
    assert "fine" not in found


@pytest.mark.parametrize(
    ("odd", "errors"),
    [
        ({"PRIORITY": ["6", "3"]}, 1),
        ({"PRIORITY": "urgent"}, 0),
        ({"PRIORITY": None}, 0),
        ({"MESSAGE": ["well", list(b"\xff ERROR")]}, 1),
        ({"MESSAGE": ["well", "fine"]}, 0),
        # of this nobody knows what it says
        ({"MESSAGE": "x" * (5 << 20)}, 1),
    ],
    ids=range(6),
)
def test_fields_that_the_app_gives_as_it_likes_stop_no_look(
    machine: Machine, odd: dict[str, Any], errors: int
) -> None:
    machine.restart()
    machine.log("fine")
    machine.entries[-1] |= odd
    assert len(machine.errors()) == errors
    machine.log("ERROR after it")
    (found,) = machine.errors()
    assert f"has {errors + 1} line" in found
    assert len(found) < 2000


def test_the_last_words_of_what_ran_before_are_not_the_releases(machine: Machine) -> None:
    machine.restart()
    machine.log("ERROR while it ended", invocation="old")

    assert machine.errors() == []


def test_what_systemd_says_of_the_unit_is_not_what_the_app_says(machine: Machine) -> None:
    machine.restart()
    machine.log("Ignoring invalid environment assignment 'export A=b'", 3, pid=1)

    assert machine.errors() == []


def test_so_many_as_are_allowed_are_well(machine: Machine) -> None:
    machine.restart()
    machine.log("ERROR 1")
    machine.log("ERROR 2")

    assert machine.errors(allowed=2) == []
    assert len(machine.errors(allowed=1)) == 1


def test_of_very_many_the_first_are_shown(machine: Machine) -> None:
    machine.restart()
    for number in range(30):
        machine.log(f"ERROR {number}")

    (found,) = machine.errors()

    assert "ERROR 19" in found
    assert "ERROR 20" not in found
    assert found.endswith("and 10 more")


def test_of_a_log_file_only_what_is_new_counts_also_after_it_was_rotated(machine: Machine) -> None:
    first, second = machine.files
    first.write_text("ERROR of before\n")
    second.write_text("ERROR of before, and much of it\n")
    machine.restart()
    assert machine.errors() == []

    with first.open("a") as file:
        file.write("ERROR 1\n")
    second.rename(f"{second}.1")
    second.write_text("ERROR 2\n")

    (found,) = machine.errors()
    assert found.splitlines()[1:] == [f"    {first}: ERROR 1", f"    {second}: ERROR 2"]


def test_a_link_in_the_place_of_a_log_is_not_followed(machine: Machine, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("ERROR of somebody else\n")
    machine.restart()
    machine.files[0].symlink_to(other)

    assert machine.errors() == []


def test_a_restart_before_the_release_is_not_its_own(machine: Machine) -> None:
    machine.restart()
    machine.log("ERROR")

    assert len(machine.errors(after=time.time() - 60)) == 1
    assert machine.errors(after=time.time() + 60) == []


def test_without_a_restart_there_is_nothing_to_look_through(machine: Machine) -> None:
    machine.log("ERROR")

    assert machine.errors() == []


def test_a_mark_that_cannot_be_read_does_not_say_that_there_were_no_errors(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    assert machine.errors() == [], "nothing was restarted yet"
    machine.restart()
    machine.log("ERROR at once")
    machine.marked.write_text('{"at": 17')

    with pytest.raises(AssertionError, match=r"restarted\.json, when a\.service was restarted"):
        machine.errors()
