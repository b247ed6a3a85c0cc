"""The process behind a running host: boots it, and boots it again when it asks to reboot.

Run as ``python -m changeover.lab.supervisor FOLDER``, the folder being the host's own.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from changeover.lab import cgroup, names, network, state
from changeover.lab.process import Process

REBOOT = 133
# nspawn mounts the controllers of version 1 read only, and then no limit inside is applied.
INIT = (
    'for tree in /sys/fs/cgroup/*; do mount -o remount,bind,rw "$tree" 2>/dev/null; done; '
    "exec /lib/systemd/systemd"
)


def nspawn(record: state.Record) -> list[str]:
    """Return the command that is one boot of a host."""
    return [
        "systemd-nspawn",
        "--quiet",
        "--settings=no",
        "--keep-unit",
        "--register=no",
        f"--machine={record.machine}",
        f"--hostname={record.name}",
        f"--directory={record.root}",
        "--resolv-conf=off",
        "--timezone=off",
        "--link-journal=no",
        f"--network-bridge={names.bridge(record.lab)}",
        "--kill-signal=SIGRTMIN+3",
        # As systemd sets it on a machine of its own; the controller's may be lower.
        "--rlimit=RLIMIT_NOFILE=1024:524288",
        "--capability=all",
        # With it, setting a time zone in a host warps the controller's clock.
        "--drop-capability=CAP_SYS_TIME",
        # Docker in a host needs these.
        "--system-call-filter=add_key keyctl bpf",
        *(f"--bind={source}:{target}" for source, target in binds(record)),
        "/bin/sh",
        "-c",
        INIT,
    ]


def binds(record: state.Record) -> list[tuple[Path, str]]:
    """Return the folders of a host that are not on its overlay disk."""
    del record
    return []


class Supervisor:
    """Keeps one host running until it is switched off, from inside or by SIGTERM."""

    def __init__(self, record: state.Record) -> None:
        """Take what is kept of the host."""
        self.record = record
        self.group = names.control_group(record.machine)
        self.machine: subprocess.Popen[bytes] | None = None
        self.stopping = False

    def run(self) -> int:
        """Boot the host, again and again while it asks for it; return its exit status."""
        signal.signal(signal.SIGTERM, self._stop)
        cgroup.create(self.group, self.record.memory, self.record.cpus)
        cgroup.join(self.group, "keeper")
        status = REBOOT
        while status == REBOOT and not self.stopping:
            # The kernel takes the cable away late when connections were open.
            network.delete(names.interface(self.record.machine))
            network.delete(names.delay_interface(self.record.machine))
            status = self._boot()
        return status

    def _boot(self) -> int:
        self.machine = subprocess.Popen(
            nspawn(self.record),
            # /tmp is on the disk, as Debian has it, not in a small part of the memory.
            env={**os.environ, "SYSTEMD_NSPAWN_TMPFS_TMP": "0"},
            preexec_fn=lambda: cgroup.join(self.group, "host"),
        )
        return self.machine.wait()

    def _stop(self, *_: object) -> None:
        self.stopping = True
        if self.machine:
            self.machine.send_signal(signal.SIGTERM)


def main() -> int:
    """Supervise the host whose folder is named."""
    record = state.load(Path(sys.argv[1]))
    process = Process.of(os.getpid())
    if record is None or process is None:
        return 1
    process.save(record.folder / "supervisor.json")
    return Supervisor(record).run()


if __name__ == "__main__":
    sys.exit(main())
