"""Speak to hosts over ssh, sure of who answers."""

import contextlib
import socket
import time
from pathlib import Path

from changeover.lab import machine, state
from changeover.lab.errors import LabError
from changeover.lab.files import locked, write

KEY_FILES = "etc/ssh/ssh_host_*_key.pub"


def client_key(number: int) -> Path:
    """Return the key that opens a lab's hosts."""
    return state.lab_folder(number) / "key"


def known_hosts(number: int) -> Path:
    """Return the file with the real keys of a lab's hosts."""
    return state.lab_folder(number) / "known_hosts"


def host_key_lines(record: state.Record) -> list[str]:
    """Return a host's lines for a known_hosts file."""
    keys = [path.read_text().split() for path in sorted(record.root.glob(KEY_FILES))]
    return [f"{record.address} {key[0]} {key[1]}" for key in keys]


def note_host_keys(number: int) -> None:
    """Write the lab's known_hosts file."""
    with locked(f"{number}.known_hosts"):
        lines = [line for record in state.records(number) for line in host_key_lines(record)]
        write(known_hosts(number), "".join(f"{line}\n" for line in lines))


def arguments(record: state.Record, user: str | None = None) -> list[str]:
    """Return the ssh command that opens a host."""
    options = {
        "BatchMode": "yes",
        "ConnectTimeout": "5",
        "ServerAliveInterval": "5",
        "IdentitiesOnly": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": str(known_hosts(record.lab)),
        "GlobalKnownHostsFile": "/dev/null",
    }
    words = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    key = ["-i", str(client_key(record.lab))]
    # No configuration file: the lab answers the same whoever works on this machine.
    return ["ssh", "-F", "none", *words, *key, f"{user or record.user}@{record.address}"]


def wait(record: state.Record, seconds: float = 60) -> None:
    """Wait until a host lets people in."""
    deadline = time.monotonic() + seconds
    no_login = Path(f"/proc/{machine.leader(record)}/root/run/nologin")
    while not _answers(record.address) or no_login.exists():
        if time.monotonic() > deadline:
            raise LabError(f"{record.name} does not answer at {record.address}")
        time.sleep(0.05)


def _answers(address: str) -> bool:
    # A short time: a lost first packet is sent again only after 1, 3, 7 s.
    with (
        contextlib.suppress(OSError),
        socket.create_connection((address, 22), timeout=0.3) as connection,
    ):
        return connection.recv(4) == b"SSH-"
    return False
