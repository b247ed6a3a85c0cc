"""Eleven things that somebody changed by hand are put back, and each is named."""

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import releases
from tests.e2e.conftest import NewHost

pytestmark = pytest.mark.lab

# what is done by hand, and a word of the line that names it
DRIFT = {
    "echo PasswordAuthentication yes > /etc/ssh/sshd_config.d/00-changeover.conf": (
        "/etc/ssh/sshd_config.d/00-changeover.conf differs"
    ),
    "sysctl -qw net.ipv4.tcp_syncookies=0": "net.ipv4.tcp_syncookies",
    "nft add rule inet changeover input tcp dport 8081 accept": "8081",
    "systemctl stop fail2ban": "fail2ban",
    "ln -sf /usr/share/zoneinfo/Europe/Rome /etc/localtime": "Europe/Rome",
    "rm /etc/apt/apt.conf.d/52changeover-upgrades": (
        "/etc/apt/apt.conf.d/52changeover-upgrades is missing"
    ),
    "sed -i 's/^UMASK.*/UMASK 022/' /etc/login.defs": "UMASK is 022",
    "mount -o remount,exec /dev/shm": "/dev/shm",
    "chmod 666 /etc/nginx/nginx.conf": "/etc/nginx/nginx.conf differs",
    "ln -s ../sites-available/default /etc/nginx/sites-enabled/default": (
        "Debian's own site is enabled, not disabled"
    ),
    "echo >> /usr/local/lib/changeover/current/host/changeover/cli.py": (
        "/usr/local/lib/changeover/current/host/changeover/cli.py"
    ),
}


def provision(lab: Lab, host: LabHost) -> releases.Run:
    done = releases.pyinfra(
        lab, "provision", "--limit", host.name, playmaker_domain=releases.DOMAIN
    )
    assert done.status == 0, done.output
    return done


@pytest.mark.slow
def test_what_was_changed_by_hand_is_named_and_put_back(lab: Lab, new_host: NewHost) -> None:
    host = new_host("drifting", "provisioned")
    provision(lab, host)
    assert provision(lab, host).steps(host.name) == []

    for change in DRIFT:
        host.run(change)
    mended = provision(lab, host)

    assert [named for named in DRIFT.values() if named not in mended.output] == []
    assert provision(lab, host).steps(host.name) == []
