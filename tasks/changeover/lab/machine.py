"""Start and stop a machine. The caller holds the host's lock."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from changeover.lab import cgroup, disk, identity, names, network, registries
from changeover.lab.errors import LabError
from changeover.lab.process import Process, is_first
from changeover.lab.state import Record

NOTE = "supervisor.json"


def is_running(record: Record) -> bool:
    """Tell whether a machine runs and is looked after."""
    return supervisor(record) is not None and leader(record) is not None


def supervisor(record: Record) -> Process | None:
    """Return the process that looks after a machine."""
    return Process.load(record.folder / NOTE)


def leader(record: Record) -> int | None:
    """Return the machine's first process."""
    group = names.control_group(record.machine)
    return next((pid for pid in cgroup.processes(group) if is_first(pid)), None)


def boot(record: Record) -> None:
    """Boot a machine that does not run, first clearing away what a killed run left."""
    clear(record.machine)
    (record.folder / NOTE).unlink(missing_ok=True)
    network.create(record.lab)
    if disk.mount(record):
        identity.give(record)
    registries.resolver(record.root)
    _start(record)
    _wait_for_leader(record)


def _start(record: Record) -> None:
    command = [sys.executable, "-m", "changeover.lab.supervisor", str(record.folder)]
    if cgroup.needs_scope():
        unit = f"--unit={names.control_group(record.machine)}"
        scope = ["systemd-run", "--quiet", "--scope", "--collect", unit, "--property=Delegate=yes"]
        command = [*scope, *command]
    with (record.folder / "console.log").open("ab") as console:
        # Through a fork of setsid: no terminal can end it, and nobody must reap it.
        subprocess.run(
            ["setsid", "--fork", *command],
            check=True,
            cwd="/",
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
        )


def _wait_for_leader(record: Record, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while leader(record) is None:
        ended = (record.folder / NOTE).exists() and supervisor(record) is None
        if ended or time.monotonic() > deadline:
            log = record.folder / "console.log"
            raise LabError(f"{record.name} does not start; see {log}")
        time.sleep(0.02)


def kill(record: Record) -> None:
    """Cut a machine's power: everything in it ends at once, its disk stays as it is."""
    process = supervisor(record)
    if process:
        process.send(signal.SIGKILL)
    clear(record.machine)


def power_off(record: Record, seconds: float = 90) -> None:
    """Stop a machine in order, its services first."""
    process = supervisor(record)
    if process is None:
        kill(record)
        return
    process.send(signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while process.alive():
        if time.monotonic() > deadline:
            raise LabError(f"{record.name} did not stop within {seconds:.0f} s; try kill")
        time.sleep(0.02)
    clear(record.machine)


def clear(machine: str) -> None:
    """End every process of a machine, however it was orphaned, and take its things away."""
    # The cable first: the connections of a machine without power fall silent, where those
    # of killed processes are closed by a kernel that lives on.
    network.delete(names.interface(machine))
    network.delete(names.delay_interface(machine))
    group = names.control_group(machine)
    deadline = time.monotonic() + 60  # a busy machine takes its time
    while alive := cgroup.processes(group):
        # Its first process first: the kernel ends the others with it, at once.
        for pid in sorted(alive, key=lambda pid: not is_first(pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise LabError(f"processes of {machine} cannot be killed: {alive[:5]}")
        time.sleep(0.01)
    cgroup.remove(group)
    for leftover in Path("/run/systemd/nspawn").glob(f"*/{machine}"):
        leftover.rmdir()
