"""A unit is stopped and restarted in bounded time, whatever its app does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.package import host_program

PROGRAM = host_program("units")
QUICK = ("--stop-seconds", "0.5", "--kill-seconds", "1", "--start-seconds", "1")

# a manager: the unit's state is in a file; what "{verb}" does is the test's
MANAGER = """#!/bin/sh
cd {folder}
echo "$*" >> calls
case $1 in
    show) case $3 in ActiveState) cat state ;; esac ;;
    kill) [ -e immortal ] || echo failed > state ;;
    {verb}) {does} ;;
esac
"""


class Manager:
    """A folder with a systemctl of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "state").write_text("active\n")

    def does(self, verb: str, what: str) -> None:
        """Say what a verb does."""
        path = self.folder / "systemctl"
        path.write_text(MANAGER.format(folder=self.folder, verb=verb, does=what))
        path.chmod(0o755)

    def units(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run the program; what waits for systemctl's own end is not back in time."""
        environment = os.environ | {"PATH": f"{self.folder}:{os.environ['PATH']}"}
        command = [sys.executable, "-I", str(PROGRAM), *QUICK, *words]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=30
        )

    @property
    def calls(self) -> list[str]:
        """How systemctl was called."""
        return (self.folder / "calls").read_text().splitlines()


@pytest.fixture
def manager(tmp_path: Path) -> Manager:
    return Manager(tmp_path)


def test_what_stops_is_not_killed(manager: Manager) -> None:
    manager.does("stop", "echo inactive > state")

    assert manager.units("stop", "shop.socket", "shop.service").returncode == 0

    assert manager.calls[0] == "stop shop.socket shop.service"
    assert not [call for call in manager.calls if call.startswith("kill")]


@pytest.mark.parametrize(
    "does", ["exec sleep 60", "exit 0", "echo deactivating > state; exec sleep 60"]
)
def test_what_does_not_stop_in_time_is_killed_and_looked_at(manager: Manager, does: str) -> None:
    manager.does("stop", does)

    done = manager.units("stop", "shop.service")

    assert done.returncode == 0, done.stderr
    assert "kill --signal=KILL shop.service" in manager.calls


def test_what_cannot_be_killed_is_a_failure(manager: Manager) -> None:
    manager.does("stop", "exit 0")
    (manager.folder / "immortal").touch()

    done = manager.units("stop", "shop.service")

    assert done.returncode == 1
    assert "shop.service does not stop: systemd calls it active" in done.stderr


def test_a_restart_that_waits_for_the_old_process_kills_it(manager: Manager) -> None:
    waits = "echo deactivating > state; while [ $(cat state) = deactivating ]; do sleep 0.1; done"
    manager.does("restart", waits)

    done = manager.units("restart", "shop.service")

    assert done.returncode == 0, done.stderr
    assert "kill --signal=KILL shop.service" in manager.calls


@pytest.mark.parametrize("verb", ["start", "restart"])
def test_what_never_starts_is_a_failure_in_the_end(manager: Manager, verb: str) -> None:
    manager.does(verb, "echo activating > state; exec sleep 60")

    done = manager.units(verb, "shop.service")

    assert done.returncode == 1
    assert f"shop.service does not {verb} within" in done.stderr


def test_a_manager_that_says_nothing_stopped_nothing(manager: Manager) -> None:
    manager.does("stop", "exit 1")
    (manager.folder / "state").write_text("")

    assert manager.units("stop", "shop.service").returncode == 1


def test_what_does_not_end_stops_a_migration_and_no_undo(manager: Manager) -> None:
    manager.does("stop", "echo inactive > state")

    # root stands for a user whose processes do not end
    refused = manager.units("stop", "--user", "root", "shop.service")
    told = manager.units("stop", "--user", "root", "--in-spite", "shop.service")

    assert (refused.returncode, told.returncode) == (1, 0)
    assert "its processes are not ended" in refused.stderr
    assert "its processes are not ended" in told.stderr
