"""What runs behind walls is bounded: what it says, what it leaves of the disk, how long it may."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from changeover.host.files import Failure
from changeover.host.output.tail import Tail
from changeover.host.sandbox import run as sandbox_run
from changeover.host.sandbox.output import MOST
from changeover.host.sandbox.room import Room
from changeover.host.sandbox.walls import APP, BUILD, NETWORK_SETTINGS, Walls
from tests.unit.package import host_program

PROGRAM = host_program("sandbox")
# runs the command as it is; the unit's walls need systemd
RUN = """#!/bin/sh
echo $$ > {folder}/pid; while [ "$1" != -- ]; do shift; done; shift
exec "$@"
"""
CONTROL = """#!/bin/sh
[ "$1" != kill ] || kill -9 $(cat {folder}/pid)
echo inactive
"""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the program is root's")


class Sandbox:
    """The program, on a machine without systemd."""

    def __init__(self, folder: Path, role: str = APP) -> None:
        self.folder, self.role = folder, role
        for name, body in (("systemd-run", RUN), ("systemctl", CONTROL)):
            (folder / name).write_text(body.format(folder=folder))
            (folder / name).chmod(0o755)

    def run(self, script: str, *options: str, **how: int) -> "subprocess.CompletedProcess[bytes]":
        """Run a script behind the walls that there are."""
        given = ["run", self.role, "--app", "none-such", "--task", "try", "--folder", "/", *options]
        command = [sys.executable, "-I", str(PROGRAM), *given, "--", "sh", "-c", script]
        environment = os.environ | {"PATH": f"{self.folder}:{os.environ['PATH']}"}
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | how
        return subprocess.run(command, env=environment, check=False, timeout=60, **how)  # type: ignore[call-overload,no-any-return]


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path)


def test_what_is_said_comes_out_as_it_is(sandbox: Sandbox) -> None:
    done = sandbox.run("echo out; echo error >&2; exit 3")

    assert (done.returncode, done.stdout, done.stderr) == (3, b"out\n", b"error\n")


def test_an_output_without_end_is_cut_and_keeps_its_end(sandbox: Sandbox, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as file:
        done = sandbox.run(
            "yes noise | head -c 40000000; echo; echo the end >&2",
            stdout=file.fileno(),
            stderr=subprocess.STDOUT,
        )

    assert done.returncode == 0
    assert log.stat().st_size < MOST + 200_000
    assert log.read_bytes().endswith(b"the end\n")
    assert b"bytes before this left out" in log.read_bytes()


def test_who_keeps_the_output_open_is_not_waited_for(sandbox: Sandbox, tmp_path: Path) -> None:
    stays, there = tmp_path / "stays", tmp_path / "there"
    stays.write_text(f"#!/bin/sh\necho $$ > {there}.new; mv {there}.new {there}; exec sleep 120\n")
    stays.chmod(0o755)

    done = sandbox.run(f"setsid {stays} & until [ -e {there} ]; do :; done; echo said; exit 0")

    os.kill(int(there.read_text()), signal.SIGKILL)  # it was still there
    assert done.stdout == b"said\n"


# keeps the files of its unit's environment, and how they could be read
NOTING = """#!/bin/sh
while [ "$1" != -- ]; do
    case $1 in EnvironmentFile=*) stat -c %a "${{1#*=}}" >> {folder}/modes; cat "${{1#*=}}" ;; esac
    shift
done >> {folder}/environment
shift; exec "$@"
"""


def test_a_build_has_what_it_is_given_and_nothing_of_who_releases(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sandbox.role = BUILD
    (tmp_path / "systemd-run").write_text(NOTING.format(folder=tmp_path))
    (tmp_path / "public").write_text('VITE_TITLE="it is"\n')
    for name in NETWORK_SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("SECRET_KEY", "top-secret")

    done = sandbox.run("true", "--environment", str(tmp_path / "public"), "--set", "CI=1")

    assert done.returncode == 0, done.stderr
    assert sorted((tmp_path / "environment").read_text().splitlines()) == [
        'CI="1"',
        'HOME="/tmp"',
        'VITE_TITLE="it is"',
        'https_proxy="http://proxy.example:3128"',
    ]
    assert "600" in (tmp_path / "modes").read_text().split(), "its own is for root alone"
    assert list(Path("/run/changeover-sandbox").glob("changeover-none-such-try.*")) == []


def test_what_nobody_ends_is_ended(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{sandbox.folder}:{os.environ['PATH']}")
    monkeypatch.setattr(sandbox_run, "_LATE_SECONDS", 1)
    walls, said = Walls(APP, "none-such", "try", "/", seconds=1), Tail()

    with pytest.raises(Failure, match="it took over 1 s, and systemd did not end it"):
        sandbox_run.run(walls, ["sleep", "30"], {}, Room(["/"]), said, said)


def test_a_command_that_fills_the_disk_is_ended(sandbox: Sandbox, tmp_path: Path) -> None:
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(place)], check=True)
    try:
        script = f"head -c 30000000 /dev/zero > {place}/big; exec sleep 120"

        done = sandbox.run(script, "--write", str(place))

        assert done.returncode == 1
        assert b"it left less than 20 MB free on the disk" in done.stderr
    finally:
        subprocess.run(["umount", str(place)], check=True)
