"""PlayMaker and Jersey Events on one host, as its provisioning leaves them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from changeover.lab import Lab, LabHost
from changeover.lab.inventory import domain
from tests.e2e import releases
from tests.e2e.jersey import FLAVOURS
from tests.e2e.matrix.flavours import POSTGRES
from tests.e2e.releases import Run

APPS = ("playmaker", "jersey_events")


@dataclass(frozen=True)
class Both:
    """The host, and how deploy files are run against it."""

    lab: Lab
    host: LabHost
    data: dict[str, str]

    def run(self, deploy: str, **data: str) -> Run:
        """Run a deploy file."""
        return releases.pyinfra(self.lab, deploy, "--limit", self.host.name, **self.data, **data)

    def converged(self) -> list[str]:
        """Provision the host, see it end well, and return what was done."""
        done = self.run("provision")
        assert done.status == 0, done.output
        return done.steps(self.host.name)

    def health(self, app: str) -> int:
        """Return the status of an app's health address, asked through its site."""
        return releases.get(self.host, "/api/health", domain(self.host, app))[0]


@contextmanager
def serving(lab: Lab, folder: Path) -> Iterator[Both]:
    """Have the host: PlayMaker has a file as its database, Jersey Events one of PostgreSQL."""
    host = lab.up("both-web", groups=list(APPS), layer=POSTGRES.layer(lab, "provisioned"))
    file = FLAVOURS["postgres"].environment(lab, folder)
    both = Both(lab, host, {"jersey_events_env_command": "", "jersey_events_env_file": str(file)})
    both.converged()
    done = both.run("release", playmaker_ref="v2", jersey_events_ref="v1")
    assert done.status == 0, done.output
    yield both
    lab.down(host.name)
