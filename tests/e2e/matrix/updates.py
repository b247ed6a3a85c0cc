"""What is released in the matrix, and the moments at which a fault strikes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from changeover.lab import Lab
from tests.e2e import jersey, load, releases
from tests.e2e.matrix.flavours import POSTGRES, SQLITE, Flavour

BEGIN, COMMIT = "begin", "commit"
INSIDE = "in "

_CHANGED = "tests/apps/playmaker/v2/app/main.py"


class Served(NamedTuple):
    """What the health address says of a release."""

    release: str
    schema: str | None


@dataclass(frozen=True)
class Update:
    """A release over another one."""

    name: str
    begin: str
    """The state of the host before: a layer, and the tag that it serves."""
    ref: str
    """What is released; "" is a change of code without a migration."""
    schemas: tuple[str | None, str]
    """Before and after."""
    steps: tuple[str, ...]
    """Every step that it journals, in order."""
    inside: tuple[str, ...] = ()
    """Steps in whose middle something can happen too."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What it adds to the environment."""
    flavour: Flavour = SQLITE
    once: tuple[str, ...] = ()
    """What it runs once, after the commit."""

    @property
    def moments(self) -> tuple[str, ...]:
        """Every boundary, and the middle of steps that take their time."""
        within = {step: (f"{INSIDE}{step}",) for step in self.inside}
        steps = [moment for step in self.steps for moment in (step, *within.get(step, ()))]
        return (BEGIN, *steps, COMMIT)

    def old(self, lab: Lab) -> Served:
        """Return what serves before."""
        return Served(load.commit(lab, self.begin, self.flavour.app), self.schemas[0])

    def new(self, lab: Lab) -> Served:
        """Return what serves after."""
        return Served(self.commit(lab), self.schemas[1])

    def commit(self, lab: Lab) -> str:
        """Return the commit that is released."""
        return load.commit(lab, self.ref, self.flavour.app) if self.ref else changed_code(lab)

    def settings(self, lab: Lab) -> dict[str, str]:
        """Return what --data says to release it."""
        return self.flavour.settings(self.commit(lab), self.environment)


@cache
def changed_code(lab: Lab) -> str:
    """Return a commit that differs in a line of code from v2."""
    text = (releases.ROOT / _CHANGED).read_text()
    changed = text.replace('title="PlayMaker"', 'title="PlayMaker, changed"')
    assert changed != text
    return lab.origin.push(
        load.APP, {"app/main.py": changed}, "Change a title", branch="changed", base="v2"
    )


# what is to be seen on hosts: a step that has nothing to do is not journalled
_CLOSED = ("maintenance.close", "service.quiesce", "backup.take", "migrate.forward")
_SWITCH = ("verify.data", "activate.release", "service.restart")
_SEEN = ("health.local", "health.observed")
_NEW = ("migrate.history", "build.assets")
_CODE = ("fetch.release", "environment.prepare", *_SWITCH, "health.observed")
_V2_TO_V3 = ("fetch.release", *_NEW, "rehearse.migrations", *_CLOSED, *_SWITCH, *_SEEN)
# the packages are new, and there is no database yet to rehearse on and take a backup of
_V1_TO_V2 = (
    *("fetch.release", "dependencies.python", *_NEW),
    *(step for step in _CLOSED if step != "backup.take"),
    *(*_SWITCH, *_SEEN),
)
# whether it is journalled depends on how soon the app is well
SOMETIMES = {"health.local"}

_LONG = ("build.assets", "rehearse.migrations", "backup.take", "migrate.forward")
_MORE = {"MATRIX": "changed"}

CODE = Update("code and environment", "v2", "", ("0001", "0001"), _CODE, environment=_MORE)
V2_TO_V3 = Update("v2 to v3", "v2", "v3", ("0001", "0002"), _V2_TO_V3, _LONG)
V1_TO_V2 = Update("v1 to v2", "v1", "v2", (None, "0001"), _V1_TO_V2, ("dependencies.python",))
DJANGO = Update(
    "v1 to v2 on PostgreSQL",
    "v1",
    "v2",
    (f"{jersey.FIRST}, {jersey.OTHERS}", f"{jersey.SECOND}, {jersey.OTHERS}"),
    _V2_TO_V3,  # the same phases, also two migrations instead of one
    _LONG,
    flavour=POSTGRES,
    once=("notify-artists-of-sumup",),
)
UPDATES = (V1_TO_V2, V2_TO_V3, CODE, DJANGO)
