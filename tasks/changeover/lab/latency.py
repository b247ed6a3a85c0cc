"""Add to the round trip of a running host.

The kernels of many machines have no netem, so the host's cable is taken off the bridge and a
small process carries its frames to a bridge port of its own, each a little later.
"""

import signal
import subprocess
import sys
import time

from changeover.lab import machine, names, network, offload
from changeover.lab.command import run
from changeover.lab.errors import LabError
from changeover.lab.files import write
from changeover.lab.process import Process
from changeover.lab.state import Record

PROCESS = "latency.json"
VALUE = "latency"


def of(record: Record) -> float:
    """Return what is added to a host's round trips, in milliseconds."""
    if Process.load(record.folder / PROCESS) is None:
        return 0
    return float((record.folder / VALUE).read_text())


def set_delay(record: Record, milliseconds: float) -> None:
    """Add to a host's round trips from now on; a cut cable stays cut."""
    if not machine.is_running(record):
        raise LabError(f"{record.name} is off: boot it first")
    if milliseconds < 0:
        raise LabError("latency cannot be negative")
    was_cut = network.is_cut(record.machine)
    _remove(record)
    if milliseconds:
        _add(record, milliseconds)
    if was_cut:
        network.cut(record.machine)


def _add(record: Record, milliseconds: float) -> None:
    cable = names.interface(record.machine)
    _switch_off_offloads(record, cable)
    # Off the bridge the controller itself must not answer on this interface.
    run(["ip", "link", "set", cable, "nomaster", "arp", "off"])
    write(record.folder / VALUE, str(milliseconds))
    with (record.folder / "console.log").open("ab") as console:
        subprocess.run(
            [
                "setsid",
                "--fork",
                sys.executable,
                "-m",
                "changeover.lab.delay",
                str(record.folder),
                str(milliseconds),
            ],
            check=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
        )
    _wait(record)


def _wait(record: Record, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while Process.load(record.folder / PROCESS) is None:
        if time.monotonic() > deadline:
            log = record.folder / "console.log"
            raise LabError(f"the delay of {record.name} does not start; see {log}")
        time.sleep(0.02)


def _remove(record: Record) -> None:
    process = Process.load(record.folder / PROCESS)
    if process:
        process.send(signal.SIGKILL)
    (record.folder / PROCESS).unlink(missing_ok=True)
    network.delete(names.delay_interface(record.machine))
    cable = names.interface(record.machine)
    run(["ip", "link", "set", cable, "arp", "on", "master", names.bridge(record.lab)])


def _switch_off_offloads(record: Record, cable: str) -> None:
    # Both ends: else frames come out larger than the cable's, and with unfinished checksums.
    inside = ["nsenter", f"--net=/proc/{machine.leader(record)}/ns/net"]
    script = offload.__file__
    run([sys.executable, script, cable])
    run([*inside, sys.executable, script, "host0"])
