"""The programs of the network phase, run for real: below a folder, or where no packet comes."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from changeover.hardening.plans.part import HostTarget, Machine
from changeover.hardening.plans.parts import network
from changeover.plans.script import script
from changeover.settings.host import HostSettings

WISH = HostTarget(HostSettings(open_ports=["8443/tcp"]), Machine(controller="192.0.2.9"))
FIREWALLD = "ActiveState=inactive"
SYSTEMCTL = """#!/bin/sh
case "$*" in
    *is-enabled*changeover*) exit 0 ;;
    show*firewalld*) {firewalld} ;;
    *) exit 3 ;;
esac
"""


class Place:
    """A folder that stands for a host's files, and stubs for its systemd."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for part in (network.kernel(WISH), network.firewall(WISH)):
            for path, file in part.files.items():
                self.write(path, self.moved(file.content), int(file.mode, 8))
        self.says(f"echo {FIREWALLD}")

    def __truediv__(self, path: str) -> Path:
        return self.root / path.removeprefix("/")

    def moved(self, text: str) -> str:
        for place in ("/etc/", "/usr/local/lib/", "/usr/lib/systemd/", "/proc/sys/", "/run/sshd"):
            text = text.replace(place, f"{self.root}{place}")
        return text.replace(f"{self.root}{self.root}", str(self.root))

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        file = self / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def says(self, firewalld: str) -> None:
        """Have systemd answer so when it is asked for firewalld."""
        self.write("/bin/systemctl", SYSTEMCTL.format(firewalld=firewalld), 0o755)

    def run(self, text: str, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a script in a network of its own, if it needs one."""
        return subprocess.run(
            [*words, "bash", "-c", text],
            env={**os.environ, "PATH": f"{self.root}/bin:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


class Kernel:
    """Settings of a kernel, as files."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.program = place / "/usr/local/lib/changeover/kernel"
        part = network.kernel(WISH)
        for line in part.files["/etc/sysctl.d/zz-changeover.conf"].content.splitlines()[1:]:
            key, _, value = line.partition(" = ")
            for interface in ("all", "eth0") if "*" in key else ("",):
                self.set(key.replace("*", interface), value)

    def path(self, key: str) -> Path:
        return self.place / f"/proc/sys/{key.replace('.', '/')}"

    def set(self, key: str, value: str) -> None:
        self.place.write(f"/proc/sys/{key.replace('.', '/')}", f"{value}\n")

    def __getitem__(self, key: str) -> str:
        return self.path(key).read_text().strip()

    def state(self) -> str:
        return self.place.run(f"{self.program} state").stdout.strip()


@pytest.fixture
def kernel(place: Place) -> Kernel:
    return Kernel(place)


def test_a_kernel_that_is_set_so_is_left_alone(kernel: Kernel) -> None:
    assert kernel.state() == "as wanted"
    kernel.set("kernel.yama.ptrace_scope", "3")
    assert kernel.state() == "as wanted"


def test_settings_that_differ_are_named_and_no_others(kernel: Kernel) -> None:
    kernel.set("net.ipv4.tcp_syncookies", "0")
    kernel.set("net.ipv4.conf.eth0.accept_redirects", "1")

    assert kernel.state() == (
        "set otherwise (net.ipv4.conf.eth0.accept_redirects is 1, not 0;"
        " net.ipv4.tcp_syncookies is 0, not 1)"
    )


def test_a_setting_that_the_kernel_lacks_is_told_and_is_no_failure(kernel: Kernel) -> None:
    kernel.path("kernel.unprivileged_bpf_disabled").unlink()

    assert kernel.state() == (
        "cannot: this host does not let these be set:"
        " kernel.unprivileged_bpf_disabled (not in this kernel)"
    )
    kernel.set("kernel.sysrq", "438")
    assert kernel.state() == "set otherwise (kernel.sysrq is 438, not 0)"
    assert kernel.place.run(f"{kernel.program} set /nowhere").returncode == 0
    assert kernel["kernel.sysrq"] == "0"


def test_a_file_that_is_read_later_and_says_otherwise_is_named(kernel: Kernel) -> None:
    files = f"""# {kernel.place.root}/etc/sysctl.d/10-early.conf
net.ipv4.tcp_syncookies=0
# {kernel.place.root}/etc/sysctl.d/zz-changeover.conf
net.ipv4.tcp_syncookies = 1
# {kernel.place.root}/etc/sysctl.d/zzz.conf
; a comment = 1
kernel.sysrq = 0
-net/ipv4/tcp_syncookies = 0
vm.swappiness = 1
"""
    kernel.place.write(
        "/usr/lib/systemd/systemd-sysctl", f"#!/bin/sh\ncat << END\n{files}END\n", 0o755
    )

    assert kernel.state() == (
        "cannot: this host does not let these be set:"
        f" net.ipv4.tcp_syncookies ({kernel.place.root}/etc/sysctl.d/zzz.conf says 0)"
    )


def test_what_the_kernel_had_before_is_in_force_again_after_an_undo(kernel: Kernel) -> None:
    journal = kernel.place / "/journal"
    journal.mkdir()
    kernel.set("net.ipv4.conf.all.rp_filter", "2")
    kernel.set("kernel.sysrq", "438")

    for _ in range(2):  # it may be stopped and run again
        assert kernel.place.run(f"{kernel.program} set {journal}").returncode == 0
    assert (kernel["net.ipv4.conf.all.rp_filter"], kernel["kernel.sysrq"]) == ("1", "0")
    variables = {**network.kernel(WISH).variables, "journal": str(journal)}
    settle = script("network/kernel_settle", functions=(), **variables)
    done = kernel.place.run(settle)

    assert done.returncode == 0, done.stderr
    assert (kernel["net.ipv4.conf.all.rp_filter"], kernel["kernel.sysrq"]) == ("2", "438")


def _own_network() -> bool:
    if os.geteuid() != 0 or not shutil.which("nft"):
        return False
    return not subprocess.run(["unshare", "--net", "true"], check=False).returncode


needs_nft = pytest.mark.skipif(
    not _own_network(), reason="needs root, nft and a network namespace of its own"
)


class Wall:
    """The firewall's program, in a network of its own that lasts for one script."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.program = place / "/usr/local/lib/changeover/firewall"

    def states(self, *commands: str) -> list[str]:
        """Return the state after each command, each after the one before."""
        lines = [f"{one}\n{self.program} state" for one in commands]
        done = self.place.run("\n".join(lines), "unshare", "--net")
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()


@pytest.fixture
def wall(place: Place) -> Wall:
    return Wall(place)


@needs_nft
def test_the_rules_are_loaded_and_what_is_changed_by_hand_is_named(wall: Wall) -> None:
    rule = 'nft -a list chain inet changeover input | sed -n "s/.*8443 accept # handle //p"'
    found = wall.states(
        ":",
        f"{wall.program} load",
        f"nft delete rule inet changeover input handle $({rule})",
        "nft add rule inet changeover input tcp dport 9999 accept",
        f"{wall.program} load",
        "nft flush ruleset",
    )

    assert found == [
        "not in force",
        "in force",
        "changed (missing: tcp dport 8443 accept)",
        "changed (missing: tcp dport 8443 accept; not ours: tcp dport 9999 accept)",
        "in force",
        "not in force",
    ]
    ports = wall.place / "/etc/nftables.d/changeover-ssh.nft"
    assert ports.read_text() == "define ssh_ports = { 22 }\n"


@needs_nft
def test_who_knocks_is_no_difference(wall: Wall) -> None:
    limit = "limit rate over 20/minute burst 20 packets"
    knock = "nft add element inet changeover knocked4 '{ 192.0.2.%s %s }'"
    found = wall.states(
        f"{wall.program} load", "; ".join(knock % (last, limit) for last in range(9))
    )

    assert found == ["in force", "in force"]


@needs_nft
def test_a_firewall_that_is_there_stays_the_only_one(wall: Wall) -> None:
    chain = "'{ type filter hook input priority 0; policy drop; }'"
    found = wall.states(
        f"{wall.program} load",
        f"nft add table inet own; nft add chain inet own input {chain}",
        f"{wall.program} load > /dev/null",
        f"nft delete table inet own; {wall.program} load",
    )

    assert found[0] == "in force"
    assert found[1] == "in force beside table inet own"
    assert found[2].startswith("cannot: table inet own is in force")
    assert found[3] == "in force"


@needs_nft
def test_tables_that_only_refuse_some_are_no_other_firewall(wall: Wall) -> None:
    chain = "'{ type filter hook input priority -1; policy accept; }'"
    found = wall.states(
        f"nft add table inet f2b; nft add chain inet f2b in {chain};"
        f" nft add rule inet f2b in tcp dport 22 ip saddr 192.0.2.7 reject; {wall.program} load",
        "nft add rule inet f2b in counter reject",
    )

    assert found == ["in force", "in force beside table inet f2b"]


@needs_nft
def test_ufw_is_named(wall: Wall) -> None:
    wall.place.write("/bin/ufw", "#!/bin/sh\n", 0o755)
    wall.place.write("/etc/ufw/ufw.conf", "ENABLED=yes\n")

    (found,) = wall.states(f"{wall.program} load > /dev/null")

    assert found.startswith("cannot: ufw is in force, and two firewalls would each have to let")


@needs_nft
def test_rules_that_nft_refuses_leave_those_that_are_in_force(wall: Wall) -> None:
    rules = wall.place / "/etc/nftables.d/changeover.nft"
    found = wall.states(
        f"{wall.program} load",
        f"cp {rules} {rules}.well; echo 'no rule' >> {rules}; ! {wall.program} load",
        f"mv {rules}.well {rules}",
    )

    assert found == ["in force", f"unknown, as nft does not read {rules}", "in force"]


@needs_nft
@pytest.mark.parametrize("says", ["exit 1", "exit 0"])
def test_a_firewall_that_nobody_denied_is_not_overruled(wall: Wall, says: str) -> None:
    wall.place.says(says)
    (found,) = wall.states(f"! {wall.program} load 2> {wall.place.root}/said")

    assert found == "unknown, as nobody can tell whether another firewall is in force"
