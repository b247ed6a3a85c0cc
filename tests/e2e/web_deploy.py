"""Only nginx's sandbox, and before the commit a part that takes long."""

from changeover.hardening import changeover, web
from changeover.hardening.operations import changeover as operations
from changeover.hardening.plans import parts
from changeover.hardening.plans.part import File, HostTarget, Part
from changeover.hardening.plans.parts import web as plan
from changeover.host.registry import Registry
from changeover.run.phase import host_phase

LAST = "web.slow"


def last(_: HostTarget) -> Part:
    """Return the part that takes long."""
    return Part(LAST, files={"/etc/drill": File("x\n")}, apply="../../../tests/e2e/planted/slow")


@host_phase("Web")
def slowly() -> None:
    """Take long."""
    operations.converge(name="Take long", part=LAST)


parts.PARTS = Registry("part of a host", {"web.sandbox": plan.sandbox, LAST: last})
changeover.check()
changeover.prepare()
changeover.begin()
web.sandbox()
slowly()
changeover.commit()
