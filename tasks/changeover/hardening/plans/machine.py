"""What is given on a host: asked once, and not Changeover's to change."""

from collections.abc import Sequence

from changeover.hardening.plans.part import Machine
from changeover.hardening.plans.sections import plain
from changeover.plans.script import read

_SYSTEMS = ("debian 12", "debian 13", "ubuntu 24.04")


def machine_script() -> str:
    """Return the script; it changes nothing and always succeeds."""
    return plain("", read("machine"))


def parse_machine(lines: Sequence[str]) -> Machine:
    """Read what it printed. Raises ValueError when it was cut short."""
    told = dict(line.partition(" ")[::2] for line in lines)
    if "end" not in told:
        raise ValueError("it was cut short")
    controller, _, _, port = (told.get("connection") or "- - - 22").split(" ")
    return Machine(
        system=told["system"],
        codename=told["codename"],
        systemd=told.get("systemd") == "yes",
        uid=int(told["uid"]),
        memory_megabytes=int(told["memory"]) // 1024,
        cores=int(told["cores"]),
        user=told["user"],
        ssh_port=int(port),
        controller="" if controller == "-" else controller,
    )


def problems(machine: Machine) -> list[str]:
    """Return what about the host itself is in the way."""
    found = []
    if machine.system not in _SYSTEMS:
        found.append(f"{machine.system}: not supported; these are: {', '.join(_SYSTEMS)}")
    if machine.uid != 0:
        found.append("needs root: set _sudo=True (and _sudo_password) for this host")
    if not machine.systemd:
        found.append("systemd does not run: Changeover's units need it")
    return found
