"""The system below the apps: its name, upgrades, clock, log, swap and limits."""

from changeover.hardening.operations import changeover
from changeover.run.phase import host_phase


@host_phase("System")
def identity() -> None:
    """Give the host its name, time zone and locale."""
    changeover.converge(name="Name the host", part="system.identity")


@host_phase("System")
def upgrades() -> None:
    """Have the host upgrade its security by itself, and boot for it while nothing is released."""
    changeover.converge(name="Upgrade by itself", part="system.upgrades")


@host_phase("System")
def time() -> None:
    """Keep the host's clock right."""
    changeover.converge(name="Keep the clock right", part="system.time")


@host_phase("System")
def journal() -> None:
    """Keep the host's journal, within its limits."""
    changeover.converge(name="Keep the journal", part="system.journal")


@host_phase("System")
def swap() -> None:
    """Give the host a swap file that fits its memory."""
    changeover.converge(name="Give it swap", part="system.swap")


@host_phase("System")
def mounts() -> None:
    """Let nothing be executed from shared memory and devices."""
    changeover.converge(name="Mount without execution", part="system.mounts")


@host_phase("System")
def limits() -> None:
    """Limit processes and accounts, and look after the files of packages."""
    changeover.converge(name="Set limits", part="system.limits")
