"""The system below the apps: converged, put back when it drifts, and booted in quiet only."""

import json
import os
import re
import time
from collections.abc import Iterator

import pytest

from changeover.lab import Lab, LabError, LabHost, ssh
from tests.e2e import releases
from tests.e2e.releases import Run
from tests.unit.host.changeover.machine import Peer

pytestmark = pytest.mark.lab

QUIET = "/usr/local/lib/changeover/quiet"
DATA = {
    "host_name": "web1.example.org",
    "host_timezone": "Europe/Rome",
    "host_journal_megabytes": "80",
}
# by hand, and what the next run says of it
DRIFT = {
    "hostname other": "host name is other, not web1.example.org",
    "ln -sfn /usr/share/zoneinfo/Asia/Tokyo /etc/localtime": "time zone is Asia/Tokyo",
    "systemctl -q disable --now changeover-reboot.timer": "changeover-reboot.timer is disabled",
    "rm /etc/systemd/journald.conf.d/60-changeover.conf": "60-changeover.conf is missing",
    "sed -i 's/^UMASK.*/UMASK 000/' /etc/login.defs": "UMASK is 000",
    "echo >> /etc/needrestart/conf.d/changeover.conf": "needrestart/conf.d/changeover.conf differs",
    "chage --maxdays 30 changeover": "accounts without a password that expire is changeover",
}


def provision(lab: Lab, host: LabHost) -> Run:
    done = releases.pyinfra(lab, "provision", "--limit", host.name, **DATA)
    assert done.status == 0, done.output
    return done


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[LabHost]:
    """Return a host that was provisioned once."""
    made = lab.up("system", groups=["hello"], layer=releases.layer(lab, "provisioned"))
    first = provision(lab, made)
    # what no container can set is told, each with why
    assert "not set on this host: the clock's service: " in first.output
    assert "not set on this host: megabytes of swap: swapon is refused here: " in first.output
    yield made
    lab.down(made.name)


def test_a_second_run_changes_nothing(lab: Lab, host: LabHost) -> None:
    assert provision(lab, host).steps(host.name) == []


def test_a_host_is_as_its_settings_say(host: LabHost) -> None:
    said = host.run(
        "hostname; getent hosts web1.example.org; date +%Z; grep ^LANG= /etc/default/locale;"
        "systemctl is-active changeover-reboot.timer apt-daily-upgrade.timer systemd-journald;"
        "systemctl is-system-running"
    ).stdout.splitlines()
    assert said[0] == "web1.example.org"
    assert said[1].split() == ["127.0.1.1", "web1.example.org", "web1"]
    assert said[2] in ("CET", "CEST")
    assert said[3:] == ["LANG=C.UTF-8", "active", "active", "active", "running"]
    # apt's own words for what it would take
    apt = host.run("apt-config dump Unattended-Upgrade").stdout
    assert 'Automatic-Reboot "false"' in apt
    assert re.findall(r'"origin=Debian,codename=\S+?label=([^"]+)"', apt) == ["Debian-Security"] * 2
    limits = host.run("systemd-run --quiet --wait --pipe prlimit --core --raw --noheadings").stdout
    assert limits.split()[-3:-1] == ["0", "0"]
    assert "swap.changeover" not in host.run("cat /etc/fstab; ls /var").stdout


@pytest.mark.slow
def test_what_was_changed_by_hand_is_named_and_put_back(lab: Lab, host: LabHost) -> None:
    host.run("; ".join(DRIFT))
    said = provision(lab, host).output
    assert [line for line in DRIFT.values() if line not in said] == []
    assert provision(lab, host).steps(host.name) == []


@pytest.mark.slow
def test_a_run_that_was_killed_is_undone_and_the_next_one_heals(lab: Lab, host: LabHost) -> None:
    host.run("; ".join(DRIFT))
    with releases.start(lab, "provision", "--limit", host.name, **DATA) as process:
        assert process.stdout
        for line in process.stdout:
            if "Starting operation" in line and "Set limits" in line:
                break
        process.kill()
    deadline = time.monotonic() + 60
    while host.run("ls -d /var/lib/changeover/host/undo.d", check=False).returncode == 0:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    gone = "ls /etc/systemd/journald.conf.d/60-changeover.conf"
    assert host.run(gone, check=False).returncode != 0, "the guard did not put it back"

    provision(lab, host)
    assert provision(lab, host).steps(host.name) == []


def hold(host: LabHost) -> Peer:
    """Hold the app as a live release does."""
    program = "/usr/local/lib/changeover/changeover"
    peer = Peer([*ssh.arguments(host.record), "--", program, "hold", "hello"], dict(os.environ))
    about = {"id": "hello-1", "kind": "release", "operator": "ann", "controller": "laptop"}
    request = {
        "version": host.run(f"{program} version").stdout.strip(),
        "silence": 300,
        "saw_open": False,
        "generation": "",
        "stamp": "",
        "scope": "",
        "about": {**about, "settle": "", "closing": "", "from": {}, "to": {}, "schema_before": []},
    }
    peer.say(json.dumps(request))
    assert peer.answer("opened")[0] == "hello-1"
    return peer


def test_a_boot_waits_for_the_end_of_a_release(host: LabHost) -> None:
    host.run("touch /run/reboot-required")
    boot = f"{QUIET} reboot --window 03:00-05:00 --now"
    assert "it waits for 03:00-05:00, now it is 02:59" in host.run(f"{boot} 02:59").stderr
    peer = hold(host)
    try:
        assert "waits: hello is being released" in host.run(f"{boot} 04:00").stderr
    finally:
        assert peer.let_go() == "undone"
    host.run(f"systemd-run --quiet {boot} 04:00")

    deadline = time.monotonic() + 60
    while True:
        try:
            if (
                not host.run("cat /run/reboot-required", check=False).stdout
                and host.run("[ ! -e /run/reboot-required ]", check=False).returncode == 0
            ):
                break
        except LabError:
            pass
        assert time.monotonic() < deadline, "it did not boot"
        time.sleep(0.5)
    # the timer asks again after a boot, and finds no reason
    assert host.run("systemctl is-active changeover-reboot.timer").stdout.strip() == "active"


# the kernel's settings, its audit and AppArmor are the machine's
REFUSED_IN_A_CONTAINER = ("KRNL-6000", "ACCT-9628", "MACF-6290")


@pytest.mark.slow
def test_lynis_gives_85_where_the_kernel_is_the_hosts_own(host: LabHost) -> None:
    # what is upgraded by itself is upgraded now, as it will be by the next morning
    host.run("systemctl start --no-block apt-daily-upgrade.service")
    # needrestart has systemd begin anew meanwhile: who waits for its answer loses the connection
    host.run(
        "until systemctl is-active apt-daily-upgrade | grep -qx inactive; do sleep 1; done;"
        "apt-get -q -y -o DPkg::Lock::Timeout=300 install lynis > /dev/null"
    )
    host.run("lynis audit system --quick --no-colors > /root/lynis.txt", check=False)
    report = host.run("cat /var/log/lynis-report.dat").stdout
    found = re.search(r"^hardening_index=(\d+)$", report, re.MULTILINE)
    assert found, report
    told = [line for line in report.splitlines() if line.startswith(("warning[", "suggestion["))]
    had, total, refused = _points(host.run("cat /var/log/lynis.log").stdout)
    said = "\n".join([found[0], f"{had} of {total}, {refused} refused here", *told])
    assert int(found[1]) >= 84, said
    assert 100 * (had + refused) / total >= 85, said


def _points(log: str) -> tuple[int, int, int]:
    """Return the points that lynis gave, of how many, and what only the container refused."""
    had = total = refused = 0
    test = ""
    for line in log.splitlines():
        if begun := re.search(r"Performing test ID (\S+)", line):
            test = begun[1]
        if points := re.search(r"points \((\d+) of (\d+)\).*having (\d+).*out of (\d+)", line):
            won, most, had, total = map(int, points.groups())
            refused += most - won if test in REFUSED_IN_A_CONTAINER else 0
    return had, total, refused
