"""A folder that stands for a host whose app the toy engine runs, for real."""

import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typing_extensions import override

from changeover.plans import processes, service
from changeover.plans.databases.kind import Location
from changeover.plans.databases.none import NOWHERE
from changeover.plans.databases.sqlite import SQLITE
from changeover.plans.digest import sha
from changeover.plans.probe_answer import parse_processes
from changeover.plans.script import compose
from changeover.plans.snapshot import Process, Snapshot
from changeover.plans.target import Target
from changeover.settings.app import App, Web
from tests.toys.pidfile import PidFile
from tests.unit.package import PACKAGE, host_program
from tests.unit.plans import shell as shells
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import fresh, target

NAME = "playmaker"
# as whom it runs here
USER = "nobody"
COMMAND = "/usr/bin/python3 app.py"
DATA = f"/srv/{NAME}/shared/data.db"
SERVER = """
import os, socket
listener = socket.socket(fileno=3)
while True:
    connection, _ = listener.accept()
    connection.recv(1)
    connection.sendall(f"{os.getuid()} {os.environ['GREETING']} {os.getcwd()}".encode())
    connection.close()
"""
# as PID 1 does: what it starts is in nobody's process group
OUTSIDE = """
while [ "$1" != -- ]; do shift; done; shift
setsid "$@" < /dev/null > /dev/null 2>&1 &
"""


class Machine(Shell):
    """A folder that stands for a host, whose app runs as another user."""

    @override
    def moved(self, text: str) -> str:
        return super().moved(text).replace(f'getpwnam("{NAME}")', f'getpwnam("{USER}")')


def wanted(command: str = COMMAND) -> Target:
    app = App(name=NAME, processes=(Web(command, listens="fd"),), process_engine=PidFile())
    return target(app, domain="play.example")


TARGET = wanted()
ENGINE = processes.of(TARGET.app)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """Return a host with two releases, into which the app's user may go."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to become the app's user")
    places = (*shells.PLACES, "/var/log/changeover-toy")
    monkeypatch.setattr(shells, "PLACES", places)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        shell = Machine(Path(folder))
        for name in ("r1", TARGET.release):
            shell.write(f"/srv/{NAME}/releases/{name}/app.py", SERVER)
        switch(shell, str(TARGET.release))
        shell.write(TARGET.paths.env_file, "GREETING='good day'\n", 0o640)
        shell.write(f"{TARGET.paths.state}/.keep")
        record = f'exec sh {PACKAGE}/host/record_start.sh "$1" "$2" {folder}'
        shell.write("/usr/local/lib/changeover/record_start", f"#!/bin/sh\n{record}\n", 0o755)
        ask = f'exec {sys.executable} -I {host_program("expect")} "$@"'
        note = f'echo "$@" >> "$0.asked"; [ "$1" != observe ] || {ask}'
        shell.write("/usr/local/lib/changeover/expect", f"#!/bin/sh\n{note}\n", 0o755)
        shell.stub("systemd-run", OUTSIDE)
        for name in ("units", "systemctl"):
            shell.stub(name, "exit 0")
        # who has the database open
        shell.write("/opened_by", "[]")
        shell.stub("opened_by", f"cat {folder}/opened_by")
        yield shell
        shell.run(ENGINE.withdraw_script(TARGET, fresh()))


@pytest.fixture
def running(host: Shell) -> Shell:
    """Return the host on which the app is installed and runs."""
    host.run(service.install_script(TARGET, fresh(), NOWHERE))
    restart(host)
    return host


def switch(shell: Shell, release: str) -> None:
    link = shell / TARGET.paths.current
    link.unlink(missing_ok=True)
    link.symlink_to(f"releases/{release}")


def told(shell: Shell) -> Process:
    said = shell.run(f"{processes.probe_text(TARGET)}\ntell_processes\n")
    return parse_processes(said.splitlines())["web"]


def answer(shell: Shell) -> str:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(shell / ENGINE.listener(TARGET).removeprefix("unix:")))
        client.sendall(b"?")
        return client.recv(1000).decode()


def pid(shell: Shell) -> int:
    return int((shell / f"/run/changeover-toy/{NAME}.pid").read_text().split()[0])


def lives(number: int) -> bool:
    """Tell whether a process does anything yet; who reaps it when, is the machine's business."""
    stat = Path(f"/proc/{number}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def snapshot(shell: Shell) -> Snapshot:
    """Return the host as the probe tells it, as far as the app's process matters."""
    paths = (TARGET.paths.env_file, *ENGINE.places(TARGET))
    there = [path for path in paths if (shell / path).exists()]
    files = {path: sha((shell / path).read_text()) for path in there}
    return replace(fresh(), files=files, processes={"web": told(shell)})


def restart(shell: Shell) -> None:
    shell.run(service.restart_script(TARGET, snapshot(shell)))


def script_of(body: str) -> str:
    """Return a script that has the engine's functions."""
    return compose(ENGINE.shell, body, **ENGINE.variables(TARGET))


def quiesce() -> str:
    text = service.quiesce_script(TARGET, fresh(), Location(SQLITE, DATA))
    return text.replace('"$programs/sqlite_backup"', "opened_by")


def why_restart(shell: Shell, to: Target = TARGET) -> str:
    """Return why the app is to be started anew, "" where all is as wanted."""
    seen = snapshot(shell)
    process = seen.processes["web"]
    (text,) = ENGINE.files(to, NOWHERE).values()
    if process.detail["launcher"] == sha(shell.moved(text)):  # its paths are the folder's here
        seen = replace(seen, processes={"web": replace(process, detail={"launcher": sha(text)})})
    found = service.decide_restart(to, seen, NOWHERE, environment_changes=False)
    return found.why if found.needed else ""
