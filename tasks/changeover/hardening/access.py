"""Who gets into the host."""

from changeover.hardening.operations import changeover
from changeover.run.phase import host_phase


@host_phase("Access")
def operator() -> None:
    """Have the operator's user, exactly the keys that let in as it, and its sudo."""
    changeover.converge(name="Let the operator in", part="access.operator")


@host_phase("Access")
def sshd() -> None:
    """Let sshd take keys only, offer only what is strong today, and set limits."""
    changeover.converge(name="Harden sshd", part="access.sshd")
