"""What a container publishes, asked for from outside: three networks, and packets between them."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from changeover.hardening.plans import firewall
from changeover.hardening.plans.part import HostTarget
from changeover.settings.host import HostSettings

NAMES = [f"{name}{os.getpid()}" for name in ("host", "outside", "container")]
HOST, OUTSIDE, CONTAINER = NAMES
# as Docker does it
PUBLISHED = """
table ip published {
    chain from_outside {
        type nat hook prerouting priority dstnat
        tcp dport { 8443, 9999 } dnat to 172.17.0.2:80
    }
    chain hairpin {
        type nat hook postrouting priority srcnat
        ip saddr 172.17.0.0/16 ip daddr 172.17.0.0/16 masquerade
    }
}
"""


def ip(words: str, check: bool = True) -> None:
    subprocess.run(["ip", *words.split()], check=check, capture_output=True)


def inside(name: str, *words: str, text: str = "") -> int:
    """Run a command in a network; return its exit status."""
    command = ["ip", "netns", "exec", name, *words]
    done = subprocess.run(command, input=text, text=True, check=False, capture_output=True)
    return done.returncode


def reaches(name: str, port: int) -> bool:
    words = ("timeout", "2", "bash", "-c", f"exec 3<>/dev/tcp/10.9.1.1/{port}")
    return inside(name, *words) == 0


@pytest.fixture
def networks() -> Iterator[None]:
    """Have a host between the outside and a container that serves on port 80."""
    if os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("nft"):
        pytest.skip("needs root, ip and nft")
    if subprocess.run(["ip", "netns", "add", HOST], check=False, capture_output=True).returncode:
        pytest.skip("this machine allows no network namespaces")
    try:
        for name in (OUTSIDE, CONTAINER):
            ip(f"netns add {name}")
        for name, interface, network in (
            (OUTSIDE, "outside0", "10.9.1"),
            (CONTAINER, "docker0", "172.17.0"),
        ):
            ip(f"-n {HOST} link add {interface} type veth peer name eth0 netns {name}")
            ip(f"-n {HOST} address add {network}.1/24 dev {interface}")
            ip(f"-n {HOST} link set {interface} up")
            ip(f"-n {name} address add {network}.2/24 dev eth0")
            ip(f"-n {name} link set eth0 up")
            ip(f"-n {name} route add default via {network}.1")
        assert inside(HOST, "sysctl", "-qw", "net.ipv4.ip_forward=1") == 0
        assert inside(HOST, "nft", "-f", "-", text=PUBLISHED) == 0
        serve = [sys.executable, "-m", "http.server", "80"]
        with subprocess.Popen(
            ["ip", "netns", "exec", CONTAINER, *serve],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as server:
            end = time.monotonic() + 30
            while not reaches(OUTSIDE, 9999):
                assert time.monotonic() < end
            yield
            server.terminate()
    finally:
        for name in NAMES:
            ip(f"netns delete {name}", check=False)


@pytest.mark.usefixtures("networks")
def test_a_published_port_is_open_only_if_the_settings_say_so() -> None:
    rules = firewall.rules(HostTarget(HostSettings(open_ports=["8443/tcp"])))
    text = rules.replace(f'include "{firewall.PORTS}"', "define ssh_ports = { 22 }")

    assert inside(HOST, "nft", "-f", "-", text=text) == 0

    assert [reaches(OUTSIDE, port) for port in (8443, 9999)] == [True, False]
    # containers among each other
    assert [reaches(CONTAINER, port) for port in (8443, 9999)] == [True, True]
