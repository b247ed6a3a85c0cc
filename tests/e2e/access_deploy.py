"""Only who gets into a host; ``--data drill=NAME`` has it done wrongly, past what would warn."""

from pyinfra import host

from changeover.hardening import access, changeover
from changeover.hardening.operations import changeover as operations
from changeover.hardening.plans import parts
from changeover.hardening.plans.part import File, HostTarget, Part
from changeover.hardening.plans.parts import access as plan
from changeover.hardening.plans.parts import sshd
from changeover.host.registry import Registry
from changeover.run.phase import host_phase

DRILL = host.data.get("drill")
LAST = "access.drill"


def last(target: HostTarget) -> Part:
    """Return a part that breaks the sudo of whom pyinfra logs in as, or takes long."""
    if DRILL == "sudo":
        line = f"{target.machine.user} ALL=(ALL:ALL) !ALL\n"
        return Part(LAST, files={"/etc/sudoers.d/zz-drill": File(line, mode="440")})
    if DRILL == "slow":
        slow = "../../../tests/e2e/planted/slow"
        return Part(LAST, files={"/etc/drill": File("x\n")}, apply=slow)
    return Part(LAST)


@host_phase("Access")
def drill() -> None:
    """Go wrong."""
    operations.converge(name="Drill", part=LAST)


if DRILL == "key":
    vars(plan)["_refuse_lock_out"] = bool  # settings that lock pyinfra out are let through
if DRILL == "algorithms":
    vars(sshd)["CURVES"] = ("sntrup761x25519-sha512@openssh.com",)
parts.PARTS = Registry(
    "part of a host",
    {"access.operator": plan.operator, "access.sshd": sshd.sshd, LAST: last},
)
changeover.check()
changeover.prepare()
changeover.begin()
access.operator()
access.sshd()
drill()
changeover.commit()
changeover.tell()
