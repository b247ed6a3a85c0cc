"""Disks of lab hosts: each has its own size, and what fills one fills nothing else."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from changeover.lab import Lab, LabHost, disk, image
from tests.e2e.often import often

pytestmark = pytest.mark.lab
CHECKOUT = Path(__file__).parents[2]
MIB = 1 << 20
RENAME = "python3 -c \"import os; os.rename('/srv/data', '/srv/moved')\""


@pytest.fixture(scope="module")
def small(lab: Lab) -> Iterator[LabHost]:
    made = lab.up("small", with_origin=False, disk="256M")
    yield made
    lab.down()


def df(host: LabHost) -> tuple[int, int]:
    """Return size and room of a host's disk as its own ``df`` says them, in bytes."""
    size, room = host.run("df -B1 --output=size,avail / | tail -n 1").stdout.split()
    return int(size), int(room)


def taken(host: LabHost) -> int:
    """Return how much of this machine's disk a host takes, in bytes."""
    return (host.record.folder / disk.IMAGE).stat().st_blocks * 512


def test_a_full_disk_fills_nothing_else(lab: Lab, small: LabHost) -> None:
    other = lab.up("other", with_origin=False)
    _, elsewhere = df(other)
    before = taken(small)
    assert 200 * MIB < df(small)[0] < 256 * MIB
    assert 7500 * MIB < df(other)[0] < 8192 * MIB

    filled = small.run("dd if=/dev/zero of=/var/big bs=1M count=1000", check=False)

    assert "No space left on device" in filled.stderr
    assert df(small)[1] < 4 * MIB
    assert taken(small) <= 256 * MIB
    assert df(other)[1] > elsewhere - 10 * MIB

    # room that is freed inside goes back to this machine
    small.run("rm /var/big && sync")
    deadline = time.monotonic() + 10
    while taken(small) > before + 20 * MIB and time.monotonic() < deadline:
        time.sleep(0.1)
    assert taken(small) <= before + 20 * MIB
    lab.down(other.name)


def test_a_host_with_a_full_disk_boots_again(small: LabHost) -> None:
    small.run("echo kept > /etc/mark")
    small.run("dd if=/dev/zero of=/var/big bs=64k", check=False)

    small.kill()
    small.boot()

    assert small.run("cat /etc/mark").stdout == "kept\n"
    assert small.run("systemctl is-system-running --wait", check=False).stdout.strip()
    assert df(small)[1] < 4 * MIB
    small.run("rm /var/big")


@pytest.mark.slow
def test_layers_keep_what_a_host_moved_linked_and_removed(lab: Lab) -> None:
    kept = ["lab-disk-1", "lab-disk-2"]
    host = lab.up("kept", with_origin=False)
    try:
        host.run("mkdir -p /srv/data; echo v1 > /srv/data/version")
        host = lab.snapshot(host.name, kept[0])
        host.run(f"{RENAME}; rm /etc/issue; ln /srv/moved/version /srv/same")
        host = lab.snapshot(host.name, kept[1])

        other = lab.up("above", layer=kept[1], with_origin=False)

        for each in (host, other):
            assert each.run("cat /srv/moved/version").stdout == "v1\n"
            assert each.run("ls -d /srv/data /etc/issue", check=False).stdout == ""
            assert each.run("stat -c %h /srv/same").stdout == "2\n"
    finally:
        lab.down()
        for name in reversed(kept):
            lab.drop_layer(name)


CONTROLLER = """
import sys
from changeover.lab import Lab
lab = Lab(int(sys.argv[1]))
if sys.argv[2] == "boots":
    lab.up("killed", with_origin=False)
else:
    lab.snapshot("killed", "lab-disk-killed")
"""


@pytest.mark.parametrize("act", ["boots", "keeps"])
@pytest.mark.parametrize("after", often([0.8, 1.5, 3], lambda after: after == 1.5))
@pytest.mark.slow
def test_a_controller_that_is_killed_leaves_nothing_that_down_does_not_find(
    lab: Lab, act: str, after: float
) -> None:
    if act == "keeps":
        lab.up("killed", with_origin=False)
    command = [sys.executable, "-c", CONTROLLER, str(lab.number), act]
    # with what it runs: mkfs, mount, cp
    with subprocess.Popen(command, cwd=CHECKOUT, start_new_session=True) as controller:
        time.sleep(after)
        os.killpg(controller.pid, signal.SIGKILL)

    again = lab.up("killed", with_origin=False)

    assert again.run("true").returncode == 0
    folder = again.record.folder
    lab.down()
    lab.drop_layer("lab-disk-killed")
    assert image.devices_below(folder) == []
    assert not folder.exists()
    assert str(folder) not in Path("/proc/mounts").read_text()
