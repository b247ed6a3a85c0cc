"""What reaches the host."""

from changeover.hardening.operations import changeover
from changeover.run.phase import host_phase


@host_phase("Network")
def kernel() -> None:
    """Set what the kernel does with packets, and what it lets users see of itself."""
    changeover.converge(name="Set the kernel's settings", part="network.kernel")


@host_phase("Network")
def firewall() -> None:
    """Let in what the host's apps need, and sshd; drop all else."""
    changeover.converge(name="Load the firewall", part="network.firewall")


@host_phase("Network")
def bans() -> None:
    """Ban who fails to log in again and again, but never the operator."""
    changeover.converge(name="Ban who guesses passwords", part="network.bans")
