"""The apps of the matrix, each on its kind of database."""

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from changeover.lab import Lab
from tests.e2e import jersey, load, releases
from tests.e2e.load import Site
from tests.e2e.matrix.databases import Database, Postgres, Sqlite


@dataclass(frozen=True)
class Flavour:
    """An app, where people write to it, and where that has to be found."""

    name: str
    title: str
    app: str
    """Its deploy file, its group, and its sample in tests/apps."""
    site: Site
    database: Database
    environment: Mapping[str, str] = field(default_factory=dict)
    """What its environment says instead of the lab's words."""
    kind: str = ""
    """Keeps its layers apart from those of the same app in another environment."""

    def settings(self, ref: str, environment: Mapping[str, str]) -> dict[str, str]:
        """Return what --data says for a release of a ref that changes the environment."""
        return {f"{self.app}_ref": ref, **self._values({**self.environment, **environment})}

    def layer(self, lab: Lab, state: str) -> str:
        """Return a layer on which the app is ``provisioned``, or which serves a tag."""
        return releases.layer(lab, state, self.app, self.kind, **self._values(self.environment))

    def _values(self, environment: Mapping[str, str]) -> dict[str, str]:
        found = {f"{self.app}_domain": self.site.domain}
        if environment:
            print_all = shlex.join(
                [sys.executable, "-m", "changeover.lab", "environment", self.app]
            )
            others = f"grep -vE '^({'|'.join(environment)})='"
            lines = shlex.join(f"{key}={value}" for key, value in environment.items())
            command = f"{print_all} | {others} && printf '%s\\n' {lines}"
            found[f"{self.app}_env_command"] = shlex.join(["sh", "-c", command])
        return found


SQLITE = Flavour(
    "sqlite",
    "PlayMaker (Alembic) on SQLite",
    load.APP,
    load.PLAYLISTS,
    Sqlite("/srv/playmaker/shared/playmaker.db", load.APP, load.PLAYLISTS),
)
POSTGRES = Flavour(
    "postgres",
    "Jersey Events (Django) on PostgreSQL",
    jersey.APP,
    jersey.SITE,
    Postgres(jersey.APP, "jersey", f"/srv/{jersey.APP}/shared/.env"),
    {"DATABASE_URL": jersey.FLAVOURS["postgres"].url},
    kind="postgres",
)
FLAVOURS = (SQLITE, POSTGRES)
