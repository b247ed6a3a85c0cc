"""The processes of a unit, as the kernel tells them; that systemd says nothing is no answer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from changeover.host.files import Failure
from changeover.host.units import processes
from tests.unit.package import host_program


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path / "systemctl"


def say(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def state(path: Path, active: str, group: str = "") -> None:
    say(path, f"printf 'ActiveState={active}\\nControlGroup={group}\\n'")


def test_the_processes_of_a_unit_are_those_of_its_group(path: Path) -> None:
    groups = [line.split(":", 2)[2] for line in Path("/proc/self/cgroup").read_text().splitlines()]
    group = max(groups, key=len)
    state(path, "active", group if group != "/" else "/none")

    found = processes.of("shop.service")

    assert (os.getpid() in found) == (group != "/")
    assert 2 not in found
    command = [sys.executable, "-I", str(host_program("units")), "processes", "shop.service"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (str(os.getpid()) in done.stdout.split()) == (group != "/")


@pytest.mark.parametrize("ended", ["inactive", "failed", "activating", "deactivating"])
def test_a_unit_that_does_not_run_has_none(path: Path, ended: str) -> None:
    state(path, ended)
    assert processes.of("shop.service") == []


@pytest.mark.parametrize("active", ["", "active", "reloading"])
def test_where_systemd_does_not_tell_nobody_knows(path: Path, active: str) -> None:
    state(path, active)
    with pytest.raises(Failure, match=r"systemd does not say what shop\.service runs"):
        processes.of("shop.service")


def test_nor_where_it_does_not_answer(path: Path) -> None:
    say(path, "exit 1")
    with pytest.raises(Failure, match=r"systemd does not say what shop\.service runs"):
        processes.of("shop.service")
