"""The swap file is whole or not there, and a boot never meets a half of it."""

import subprocess
from dataclasses import dataclass

import pytest

from changeover.hardening.plans.converge import converge_script, settle_script
from changeover.hardening.plans.part import HostTarget
from changeover.hardening.plans.parts import swap
from changeover.hardening.plans.snapshot import HostState
from changeover.settings.host import HostSettings
from tests.unit.plans.shell import Shell

ROOT_LINE = "/dev/vda1 / ext4 defaults 0 1\n"
SWAPS = "Filename Type Size Used Priority\n"
# the kernel's list of what is in use; a file has to be swap by its own word
SWAPON = """grep -q made-swap "$1" || { echo "swapon: $1: read swap header failed" >&2; exit 1; }
echo "$1 file $(( $(stat -c %s "$1") / 1024 - 4 )) 0 -2" >> SWAPS"""
SWAPOFF = 'grep -v "^$1 " SWAPS > SWAPS.new; mv SWAPS.new SWAPS'


@dataclass
class Machine:
    """A folder that stands for a host, with a kernel that swaps."""

    shell: Shell

    def __post_init__(self) -> None:
        self.fstab = self.shell.write("/etc/fstab", ROOT_LINE)
        self.swaps = self.shell.write("/proc/swaps", SWAPS)
        self.file = self.shell / swap.FILE
        self.file.parent.mkdir(parents=True)
        self.refused = self.shell.write(swap.REFUSED, "")
        self.refused.unlink()
        self.stub("swapon", SWAPON)
        self.stub("swapoff", SWAPOFF)
        self.stub("mkswap", 'printf made-swap | dd of="$1" conv=notrunc status=none')
        self.stub("sysctl", "exit 0")
        self.shell.write("/etc/sysctl.d/.keep")

    def stub(self, name: str, body: str) -> None:
        self.shell.stub(name, body.replace("SWAPS", str(self.swaps)))

    def moved(self, text: str) -> str:
        for path in (swap.FILE, "/etc/fstab", "/proc/swaps", "/etc/sysctl.d"):
            text = text.replace(path, str(self.shell / path))
        # a test may be on a disk that is nearly full
        return text.replace("2048 MB", "0 MB").replace("+ 2048", "+ 0").replace(" /var)", " /)")

    def converge(self, megabytes: int = 2) -> "subprocess.CompletedProcess[str]":
        part = swap.swap(HostTarget(HostSettings(swap_megabytes=megabytes)))
        return self.shell.try_(self.moved(converge_script(part, HostState())))

    def says(self, megabytes: int = 2) -> str:
        """Return what the probe's answer is."""
        part = swap.swap(HostTarget(HostSettings(swap_megabytes=megabytes)))
        command = self.moved(part.answers["megabytes of swap"].command)
        return self.shell.run(command).strip()

    def left(self) -> list[str]:
        return sorted(path.name for path in self.file.parent.iterdir())


@pytest.fixture
def machine(shell: Shell) -> Machine:
    return Machine(shell)


def test_it_is_made_used_and_entered(machine: Machine) -> None:
    assert machine.says() == "0"
    done = machine.converge()
    assert done.returncode == 0, done.stderr
    assert machine.says() == "2"
    assert machine.fstab.read_text() == f"{ROOT_LINE}{machine.file} none swap sw 0 0\n"
    assert (machine.left(), machine.file.stat().st_mode & 0o777) == (["swap.changeover"], 0o600)


def test_another_size_takes_its_place(machine: Machine) -> None:
    machine.converge()
    machine.converge(4)
    assert (machine.says(4), machine.fstab.read_text().count("swap sw")) == ("4", 1)
    machine.converge(0)
    assert (machine.says(0), machine.left()) == ("0", [])
    assert machine.fstab.read_text() == ROOT_LINE


def test_where_it_is_refused_nothing_stays_but_the_reason(machine: Machine) -> None:
    machine.stub("swapon", "echo 'swapon: x: swapon failed: Operation not permitted' >&2; exit 1")
    done = machine.converge()
    assert done.returncode == 0, done.stderr
    assert machine.says() == "cannot: swapon is refused here: Operation not permitted"
    assert (machine.left(), machine.fstab.read_text()) == ([], ROOT_LINE)


def test_what_a_killed_run_left_is_replaced(machine: Machine) -> None:
    for name in ("swap.changeover", "swap.changeover.new", "swap.changeover.try"):
        (machine.file.parent / name).write_text("half")
    machine.fstab.write_text(f"{ROOT_LINE}{machine.file} none swap sw 0 0\n")
    assert machine.says() == "0, in fstab"
    assert machine.converge().returncode == 0
    assert (machine.says(), machine.left()) == ("2", ["swap.changeover"])


@pytest.mark.parametrize("name", ["mkswap", "swapon", "swapoff", "sync", "mv"])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_no_line_of_fstab_names_what_is_no_swap(machine: Machine, name: str, call: int) -> None:
    """However far a run comes: each tool fails at its first, second or third call."""
    machine.converge(4)
    count = machine.shell.root / "count"
    own = machine.shell.programs / name
    body = own.read_text().split("\n", 1)[1] if own.exists() else f'exec /usr/bin/{name} "$@"'
    machine.stub(name, f"echo >> {count}; [ $(wc -l < {count}) != {call} ] || exit 1\n{body}")
    machine.converge()
    if "swap sw" in machine.fstab.read_text():
        assert b"made-swap" in machine.file.read_bytes()
    machine.stub(name, body)
    machine.refused.unlink(missing_ok=True)  # as a boot does
    assert machine.converge().returncode == 0
    assert (machine.says(), machine.left()) == ("2", ["swap.changeover"])


def test_an_undo_takes_it_away_with_its_line(machine: Machine) -> None:
    part = swap.swap(HostTarget(HostSettings(swap_megabytes=2)))
    machine.converge()
    machine.fstab.write_text(ROOT_LINE)  # as the host's undo puts it back
    settle = "steps=001-system.swap\n" + settle_script([part])
    assert machine.shell.try_(machine.moved(settle)).returncode == 0
    assert (machine.left(), machine.says()) == ([], "0")
