"""The lab itself: real hosts that do what the other tests rely on."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from changeover.lab import Lab, LabError, LabHost, cgroup, image, machine, names, network, ssh

pytestmark = pytest.mark.lab
NUMBER = 190
LAYER = "lab-test"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    made = Lab(NUMBER)
    made.down()
    made.start_origin()
    yield made
    made.down()
    made.drop_layer(LAYER)


@pytest.fixture(scope="module")
def host(lab: Lab) -> LabHost:
    return lab.up("playmaker", with_origin=False)


def connect_seconds(host: LabHost, tries: int = 1) -> float:
    """Return how long a connection takes, the best of some tries: a busy machine adds to each."""
    found = []
    for _ in range(tries):
        started = time.monotonic()
        socket.create_connection((host.address, 22), timeout=2).close()
        found.append(time.monotonic() - started)
    return min(found)


def test_a_fresh_host_lets_people_in_within_seconds(lab: Lab) -> None:
    started = time.monotonic()

    fresh = lab.up("fresh", with_origin=False)

    # 2 s on an idle machine; what waits for something that it has not (a device, a network that is
    # online) waits for the 90 s of systemd's own limit
    assert time.monotonic() - started < 45
    assert fresh.run("hostname").stdout == "fresh\n"
    assert fresh.run("systemctl is-system-running --wait").stdout == "running\n"


def test_hosts_are_no_twins(lab: Lab, host: LabHost) -> None:
    other = lab.up("fresh", with_origin=False)

    assert other.run("cat /etc/machine-id").stdout != host.run("cat /etc/machine-id").stdout
    assert not set(ssh.host_key_lines(other.record)) & set(ssh.host_key_lines(host.record))


def test_up_again_changes_nothing(lab: Lab, host: LabHost) -> None:
    booted = host.run("cat /proc/1/stat").stdout.split()[21]

    assert lab.up(host.name, with_origin=False).address == host.address
    assert host.run("cat /proc/1/stat").stdout.split()[21] == booted


def test_a_power_cut_keeps_the_disk(host: LabHost) -> None:
    host.run("echo kept > /etc/mark; systemd-run --quiet sleep 1000")

    host.kill()

    assert host.state == "off"
    host.boot()
    assert host.run("cat /etc/mark").stdout == "kept\n"


@pytest.mark.slow
def test_an_orderly_stop_lets_services_end(host: LabHost) -> None:
    host.run("systemd-run --quiet --property=ExecStop='touch /etc/stopped' sleep 1000")

    host.off()
    host.boot()

    assert host.run("ls /etc/stopped").returncode == 0


@pytest.mark.slow
def test_a_reboot_from_inside_comes_back(host: LabHost) -> None:
    first = machine.leader(host.record)

    host.run("systemctl reboot", check=False)
    deadline = time.monotonic() + 20
    while machine.leader(host.record) in {first, None} and time.monotonic() < deadline:
        time.sleep(0.05)
    ssh.wait(host.record)

    assert host.running


@pytest.mark.parametrize("milliseconds", [0, pytest.param(40, marks=pytest.mark.slow)])
def test_a_cut_network_heals(host: LabHost, milliseconds: float) -> None:
    host.latency(milliseconds)
    host.cut()
    assert host.state == "cut"
    with pytest.raises(OSError):  # noqa: PT011  a timeout or no route, as the kernel likes
        connect_seconds(host)

    host.heal()

    assert host.run("true").returncode == 0
    host.latency(0)


@pytest.mark.slow
def test_latency_is_added_to_the_round_trip_and_taken_away(host: LabHost) -> None:
    host.latency(50)
    connect_seconds(host)
    assert 0.05 <= connect_seconds(host, 20) < 0.1, "added to both ways it is 0.1 at least"
    text = "x" * 20_000_000
    assert host.run("wc -c", text=text).stdout == "20000000\n"
    assert len(host.run("head -c 20000000 /dev/zero").stdout) == 20_000_000

    host.latency(0)

    assert connect_seconds(host, 20) < 0.05, "what is left of it would be in every try"


def test_a_layer_begins_new_hosts_that_are_themselves(lab: Lab, host: LabHost) -> None:
    host.run("mkdir -p /srv/data; echo v1 > /srv/data/version")
    lab.snapshot(host.name, LAYER)
    host = lab.host(host.name)
    # A rename of a folder that is in the layer, which a release does too.
    host.run("python3 -c \"import os; os.rename('/srv/data', '/srv/moved')\"")

    above = lab.up("above", layer=LAYER, with_origin=False)

    assert lab.has_layer(LAYER)
    assert above.run("cat /srv/data/version").stdout == "v1\n"
    assert above.run("hostname").stdout == "above\n"
    assert not set(ssh.host_key_lines(above.record)) & set(ssh.host_key_lines(host.record))
    with pytest.raises(LabError, match="in use by"):
        lab.drop_layer(LAYER)


def test_a_sudo_user_is_all_there_is_to_log_in_as(lab: Lab) -> None:
    admin = lab.up("admin", user="admin", sudo_password=True, with_origin=False)

    assert admin.run("id -un").stdout == "admin\n"
    assert admin.run("sudo -n true", check=False).returncode != 0
    assert admin.run("id -un", user="root").stdout == "root\n"
    as_root = [*ssh.arguments(admin.record, "root"), "true"]
    assert subprocess.run(as_root, check=False, capture_output=True).returncode != 0


def git(lab: Lab, app: str, key: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = ["-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes"]
    words += ["-o", f"UserKnownHostsFile={ssh.known_hosts(lab.number)}"]
    command = " ".join(["ssh", *words, "-i", str(lab.origin.deploy_key(key))])
    return subprocess.run(
        ["git", "clone", "--quiet", "--filter=blob:none", lab.origin.url(app), str(folder)],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"GIT_SSH_COMMAND": command},
    )


def test_a_deploy_key_reads_its_own_repository_only(lab: Lab, tmp_path: Path) -> None:
    app, other = lab.origin.apps()[:2]

    assert git(lab, app, app, tmp_path / "own").returncode == 0
    assert "may only read" in git(lab, app, other, tmp_path / "other").stderr
    assert "Permission denied" in git(lab, app, "nobody", tmp_path / "none").stderr


def test_an_ad_hoc_commit_can_be_cloned(lab: Lab, tmp_path: Path) -> None:
    app = lab.origin.apps()[0]

    commit = lab.origin.push(app, {"NEWS": "broken\n"}, "Break it", tag="broken", branch="trial")

    assert git(lab, app, app, tmp_path / "own").returncode == 0
    shown = subprocess.run(
        ["git", "-C", str(tmp_path / "own"), "rev-parse", "broken", "origin/trial"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert shown.stdout.split() == [commit, commit]


@pytest.mark.slow
def test_what_a_killed_supervisor_left_is_cleared_away(lab: Lab) -> None:
    orphan = lab.up("fresh", with_origin=False)
    supervisor = machine.supervisor(orphan.record)
    assert supervisor is not None
    supervisor.send(signal.SIGKILL)
    (orphan.record.folder.parent / "half-written").mkdir()
    first = machine.leader(orphan.record)

    again = lab.up("fresh", with_origin=False)

    assert again.run("true").returncode == 0
    assert machine.leader(again.record) != first
    assert not (orphan.record.folder.parent / "half-written").exists()


def test_down_leaves_nothing(lab: Lab) -> None:
    lab.up("late", with_origin=False).latency(20)
    machine.supervisor(lab.host("fresh").record).send(signal.SIGKILL)  # type: ignore[union-attr]

    lab.down()

    traces = [
        *cgroup.names(names.control_group(f"{names.machine_prefix(NUMBER)}*")),
        *network.leftovers(NUMBER),
        *image.devices_below(Path(f"/var/lib/changeover-lab/{NUMBER}")),
        *Path("/run/systemd/nspawn/propagate").glob(f"co{NUMBER}-*"),
        *(pid.name for pid in Path("/proc").glob("[0-9]*") if f"lab/{NUMBER}/" in arguments(pid)),
    ]
    assert traces == []
    assert not network.exists(names.bridge(NUMBER))
    assert not Path(f"/var/lib/changeover-lab/{NUMBER}").exists()
    assert f"changeover-lab/{NUMBER}/" not in Path("/proc/mounts").read_text()
    tables = subprocess.run(["nft", "list", "tables"], check=True, capture_output=True, text=True)
    assert names.table(NUMBER) not in tables.stdout.split()


def arguments(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""
