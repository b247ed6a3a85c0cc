"""A host's nginx as others see it: what it answers, what a linter says of it, what it may do."""

import json
import re
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from changeover.lab import LabHost

GIXY = str(Path(sys.executable).parent / "gixy")


def raw(host: LabHost, text: str) -> bytes:
    """Return all that the host's nginx sends to a request, spelled out."""
    received = b""
    with socket.create_connection((host.address, 80), 40) as client:
        client.sendall(text.replace("\n", "\r\n").encode())
        with suppress(ConnectionResetError):
            while chunk := client.recv(4096):
                received += chunk
    return received


def findings(host: LabHost, folder: Path) -> list[str]:
    """Return what gixy finds of medium weight or more in all that nginx would load."""
    whole = folder / "nginx.conf"
    whole.write_text(host.run("nginx -T 2> /dev/null").stdout)
    command = [GIXY, "-f", "json", str(whole)]
    said = subprocess.run(command, check=False, capture_output=True, text=True).stdout
    return [
        f"{one['severity']} {one['plugin']}: {one['reason']}"
        for one in json.loads(said)
        if one["severity"] in ("MEDIUM", "HIGH")
    ]


def exposure(host: LabHost, unit: str) -> float:
    """Return what systemd says of a unit: 0 is a unit that may do nothing, 10 one that may all."""
    said = host.run(f"systemd-analyze security --no-pager {unit}").stdout
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
    assert found, said
    return float(found[1])
