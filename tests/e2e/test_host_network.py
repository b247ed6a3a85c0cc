"""What reaches a provisioned host: seen from another host, with nmap, and after bad days."""

import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from changeover.lab import Lab, LabHost, ssh
from changeover.lab.lab import HostSpec
from tests.e2e import releases
from tests.e2e.releases import Run, pyinfra

pytestmark = pytest.mark.lab

WANTED = {22, 80, 443}
PLANTED = 8081
UNIT = "changeover-firewall.service"
OURS = (
    "/etc/nftables.d/changeover.nft",
    "/etc/nftables.d/changeover-ssh.nft",
    "/usr/local/lib/changeover/firewall",
    f"/etc/systemd/system/{UNIT}",
    f"/etc/systemd/system/sysinit.target.wants/{UNIT}",
)
SYNCOOKIES = "net.ipv4.tcp_syncookies"
MINUTES_TO_GET_IN = 2
ATTEMPTS = 20


@pytest.fixture(scope="module")
def wall(lab: Lab) -> Iterator[LabHost]:
    """Return a host with a site, on which something listens that nobody asked for."""
    layer = releases.layer(lab, "provisioned")
    (host,) = lab.up_all([HostSpec("wall", groups=("playmaker",), layer=layer)])
    done = provision(lab)
    assert done.status == 0, done.output
    yield host
    lab.down(host.name)


@pytest.fixture(scope="module")
def stranger(lab: Lab) -> Iterator[LabHost]:
    """Return a host that knows nobody, with Debian's nmap."""
    host = lab.up("stranger", with_origin=False)
    host.run("apt-get -q update && apt-get -qy install --no-install-recommends nmap")
    yield host
    lab.down(host.name)


def provision(lab: Lab, deploy: str = "provision") -> Run:
    return pyinfra(lab, deploy, "--limit", "wall", playmaker_domain=releases.DOMAIN)


def listen(host: LabHost) -> None:
    """Have something listen on every address, of both families."""
    host.run(f"systemd-run -q --unit planted python3 -m http.server {PLANTED} --bind ::")
    wait = f"timeout 10 sh -c 'until ss -Htln | grep -q :{PLANTED}; do sleep 0.1; done'"
    assert host.run(wait, check=False).returncode == 0


def answering(stranger: LabHost, host: LabHost, *, ports: str = "-", six: bool = False) -> set[int]:
    """Return the ports, of all, from which a stranger gets any answer, open or not."""
    address = host.address
    if six:
        address = with_ipv6(host)
        with_ipv6(stranger)
    options = f"-n -Pn -sS -p{ports} --min-rate 15000 --max-retries 1 -oG -"
    said = stranger.run(f"nmap {'-6' if six else ''} {options} {address}").stdout
    assert "Ports:" in said, said
    return {int(port) for port in re.findall(r"(\d+)/(?:open|closed)/tcp", said)}


def with_ipv6(host: LabHost) -> str:
    """Give a host an address of IPv6, which labs have none of; return it."""
    address = f"fd77::{host.record.part}"
    host.run("sysctl -q net.ipv6.conf.host0.disable_ipv6=0")
    host.run(f"ip -6 address replace {address}/64 dev host0 nodad")
    return address


def gets_in(address: str, port: int = 22) -> bool:
    """Tell whether a new connection from this machine is answered by sshd."""
    with (
        suppress(OSError),
        socket.create_connection((address, port), timeout=1) as connection,
    ):
        return connection.recv(4) == b"SSH-"
    return False


def left_of_a_changeover(host: LabHost) -> set[str]:
    state = set(host.run("ls -A /var/lib/changeover/host").stdout.split())
    return state & {"undo.d", "redo.d", "undo.new", "journal.gone", "stuck"}


@pytest.mark.slow
def test_a_second_run_changes_nothing(lab: Lab, wall: LabHost) -> None:
    again = provision(lab)

    assert again.status == 0, again.output
    assert again.steps(wall.name) == []


def test_only_the_wanted_ports_answer_and_again_after_a_power_loss(
    wall: LabHost, stranger: LabHost
) -> None:
    listen(wall)
    assert answering(stranger, wall) == WANTED
    assert answering(stranger, wall, six=True) == WANTED

    wall.kill()
    wall.boot()

    listen(wall)
    assert answering(stranger, wall, six=True) == WANTED
    # the scan would have seen it
    wall.run("nft delete table inet changeover")
    for six in (False, True):
        assert answering(stranger, wall, ports=f"{PLANTED}", six=six) == {PLANTED}
    wall.run(f"systemctl restart {UNIT}; systemctl stop planted")


@pytest.mark.slow
def test_what_was_changed_by_hand_is_named_and_put_back(lab: Lab, wall: LabHost) -> None:
    rule = "nft -a list chain inet changeover input | sed -n 's/.*dport 443 accept # handle //p'"
    for change in (
        f"nft delete rule inet changeover input handle $({rule})",
        "nft add rule inet changeover input tcp dport 9999 accept",
        f"sysctl -q {SYNCOOKIES}=0",
        "sed -i s/maxretry.*/maxretry=500/ /etc/fail2ban/jail.local",
        "fail2ban-client set sshd delignoreip 127.0.0.0/8",
    ):
        wall.run(change)

    done = provision(lab)

    assert done.status == 0, done.output
    for said in (
        f"{SYNCOOKIES} is 0, not 1",
        "missing: tcp dport 443 accept; not ours: tcp dport 9999 accept",
        "/etc/fail2ban/jail.local differs",
        "would ban 127.0.0.0/8",
    ):
        assert said in done.output, done.output
    assert wall.run(f"sysctl -n {SYNCOOKIES}").stdout == "1\n"
    again = provision(lab)
    assert again.steps(wall.name) == [], again.output


@pytest.mark.slow
def test_connections_of_strangers_are_slowed_down_and_of_the_operator_never(
    lab: Lab, wall: LabHost, stranger: LabHost
) -> None:
    wall.run("systemctl stop fail2ban")
    knock = f"timeout 1 bash -c 'read -rn4 x < /dev/tcp/{wall.address}/22; echo $x'"
    got = stranger.run(f"for i in $(seq 60); do {knock}; done; true").stdout.split()

    # 20 at once, and one more every 3 s; who is not let in waits for 1 s each time: about 30
    assert 15 <= len(got) < 60
    assert all(gets_in(wall.address) for _ in range(40))
    done = provision(lab)
    assert "fail2ban is not running" in done.output
    assert wall.run("systemctl is-active fail2ban").stdout == "active\n"


@pytest.mark.slow
def test_who_guesses_is_banned_and_the_operator_never(wall: LabHost, stranger: LabHost) -> None:
    guess = "ssh -n -o BatchMode=yes -o ConnectTimeout=1 -o StrictHostKeyChecking=no"
    wrong = [*ssh.arguments(wall.record, "nobody")[:-3], f"nobody@{wall.address}", "true"]
    for _ in range(ATTEMPTS):
        failed = subprocess.run(wrong, check=False, capture_output=True, text=True)
        assert "Permission denied" in failed.stderr
    stranger.run(f"for i in $(seq {ATTEMPTS}); do {guess} user$i@{wall.address} true; done; true")

    banned = ""
    end = time.monotonic() + 20
    while stranger.address not in banned and time.monotonic() < end:
        banned = wall.run("fail2ban-client get sshd banip").stdout
        time.sleep(0.5)
    assert banned.split() == [stranger.address]
    said = stranger.run(f"{guess} root@{wall.address} true", check=False).stderr
    assert "Connection refused" in said
    assert gets_in(wall.address)
    wall.run("fail2ban-client unban --all")


@pytest.mark.slow
@pytest.mark.parametrize("before", ["ours", "none"])
def test_a_firewall_that_forgets_sshd_is_undone_by_the_host(
    lab: Lab, wall: LabHost, before: str
) -> None:
    if before == "none":
        wall.run(f"systemctl -q disable --now {UNIT}; rm -f {' '.join(OURS)}")
    listing = "nft -s -t list table inet changeover"
    rules = wall.run(listing, check=False).stdout
    files = wall.run(f"sha256sum {' '.join(OURS)}", check=False).stdout
    begun = time.monotonic()

    done = provision(lab, "../tests/e2e/closing_deploy")

    assert done.status == 1, done.output
    assert "a new connection does not get in" in done.output
    while not gets_in(wall.address):
        assert time.monotonic() < begun + 60 * MINUTES_TO_GET_IN
        time.sleep(1)
    assert left_of_a_changeover(wall) == set()
    assert wall.run(f"sha256sum {' '.join(OURS)}", check=False).stdout == files
    assert wall.run(listing, check=False).stdout == rules
    assert bool(rules) == (before == "ours")
    assert wall.run("systemctl --failed --no-legend --plain").stdout == ""
    mended = provision(lab)
    assert mended.status == 0, mended.output
    assert wall.run("/usr/local/lib/changeover/firewall state").stdout == "in force\n"
