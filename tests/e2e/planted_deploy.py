"""A host whose own configuration is a part of the tests', and one that cannot be set here."""

from pyinfra import host

from changeover.hardening import changeover
from changeover.hardening.operations import changeover as operations
from changeover.hardening.plans import parts
from changeover.hardening.plans.part import CANNOT, File, HostTarget, Part, Setting
from changeover.host.registry import Registry
from changeover.run.phase import host_phase

FOLDER = "../../../tests/e2e/planted"


def planted(_: HostTarget) -> Part:
    """Return a part with all that a part may have."""
    return Part(
        "planted.part",
        packages=("tree",),
        files={
            "/etc/planted/wanted": File(f"{host.data.get('wanted')}\n"),
            "/etc/planted/private": File("second\n", mode="600"),
        },
        absent=("/etc/planted/foreign",),
        answers={
            "the planted flag": Setting("cat /run/planted || echo unset", "set"),
            "the planted wonder": Setting(f"echo '{CANNOT}no wonders here'", "wonderful"),
        },
        apply=f"{FOLDER}/apply",
        settle=f"{FOLDER}/settle",
    )


@host_phase("Planted")
def part() -> None:
    """Converge it."""
    operations.converge(name="Plant", part="planted.part")


parts.PARTS = Registry("part of a host", {"planted.part": planted})
changeover.check()
changeover.prepare()
changeover.begin()
part()
changeover.commit()
changeover.tell()
