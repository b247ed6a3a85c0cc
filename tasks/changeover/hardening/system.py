"""The system below the apps: its name, upgrades, clock, log, swap and limits."""

from changeover.hardening.operations import server
from changeover.run.phase import host_phase


@host_phase("System")
def identity() -> None:
    """Give the host its name, time zone and locale."""
    server.converged(name="Name the host", part="system.identity")


@host_phase("System")
def upgrades() -> None:
    """Have the host upgrade its security by itself, and boot for it while nothing is released."""
    server.converged(name="Upgrade by itself", part="system.upgrades")


@host_phase("System")
def time() -> None:
    """Keep the host's clock right."""
    server.converged(name="Keep the clock right", part="system.time")


@host_phase("System")
def journal() -> None:
    """Keep the host's journal, within its limits."""
    server.converged(name="Keep the journal", part="system.journal")


@host_phase("System")
def swap() -> None:
    """Give the host a swap file that fits its memory."""
    server.converged(name="Give it swap", part="system.swap")


@host_phase("System")
def mounts() -> None:
    """Let nothing be executed from shared memory and devices."""
    server.converged(name="Mount without execution", part="system.mounts")


@host_phase("System")
def limits() -> None:
    """Limit processes and accounts, and look after the files of packages."""
    server.converged(name="Set limits", part="system.limits")
