"""The lab hosts that releases are measured on, and proof of what they are and serve."""

import hashlib
import json
import socket
import time
from statistics import median

from changeover.lab import Lab, LabHost
from tests.e2e import releases

APP = "playmaker"
BRANCH = "bench"
_SLACK_MILLISECONDS = 10
# Debian 12's net-ssh can read this form of a key without further packages, and no other.
_CONTROLLER = """set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q install -y --no-install-recommends capistrano openssh-client iputils-ping
apt-get clean
ssh-keygen -q -t rsa -m PEM -N '' -f ~/.ssh/id_rsa
"""


class BenchError(Exception):
    """Something was not as it must be for a measurement to count."""


def fresh(lab: Lab, name: str) -> LabHost:
    """Return a new host with the system's packages, uv and Node, and no release of the app."""
    if any(host.name == name for host in lab.hosts()):
        lab.down(name)
    # a group without group_data: each tool is told of its host by the bench alone
    return lab.up(name, groups=["bench"], layer=releases.layer(lab, "provisioned"))


def capistrano_controller(lab: Lab) -> LabHost:
    """Return a host with Debian's Capistrano, which stays off the machine itself."""
    name = f"bench-capistrano-{hashlib.sha256(_CONTROLLER.encode()).hexdigest()[:8]}"
    if lab.has_layer(name):
        return lab.up("controller", groups=["bench"], layer=name)
    host = lab.up("controller", groups=["bench"])
    host.run(_CONTROLLER)
    return lab.snapshot("controller", name)


def set_round_trip(host: LabHost, milliseconds: float) -> None:
    """Add to the host's round trip, and see that it holds."""
    host.latency(milliseconds)
    found = round_trip(host)
    if not milliseconds <= found <= milliseconds + _SLACK_MILLISECONDS:
        raise BenchError(f"{host.name}: a round trip of {found:.1f} ms, not {milliseconds:g} ms")


def round_trip(host: LabHost) -> float:
    """Return the milliseconds of a TCP handshake, which is one round trip."""
    took = []
    for _ in range(7):
        began = time.monotonic()
        with socket.create_connection((host.address, 22), timeout=5):
            took.append((time.monotonic() - began) * 1000)
    return median(took)


def push(lab: Lab, number: int) -> str:
    """Commit another state of the app's code, with the same dependencies and front end."""
    changes: dict[str, str | None] = {"app/bench.py": f"NUMBER = {number}\n"}
    base = "v3" if number == 0 else None
    return lab.origin.push(APP, changes, f"Change {number}", branch=BRANCH, base=base)


def prove(host: LabHost, commit: str) -> None:
    """See that the site of the host serves the commit, the app and the front end."""
    status, body = releases.get(host, "/api/health")
    if status != 200 or json.loads(body)["release"] != commit:
        raise BenchError(f"{host.name}: {status} instead of {commit}: {body}")
    status, body = releases.get(host, "/")
    if status != 200 or "/assets/index-" not in body:
        raise BenchError(f"{host.name}: no front end: {status} {body}")
