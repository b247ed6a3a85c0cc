"""What restoring a backup would lose, counted on the host."""

import shlex

from pyinfra.api import FactBase
from typing_extensions import override

from tasks.plans.paths import PROGRAMS
from tasks.plans.rollback import Losses, parse_losses


class RestoreLosses(FactBase[Losses]):
    """
    Returns the rows that a restore would lose; it changes nothing.

    + manifest: the backup
    + database: the database as it is now

    .. code:: python

        Losses(rows=12, tables={"users": {"added": 12, "changed": 0, "removed": 0}})
    """

    @staticmethod
    @override
    def default() -> Losses:
        """Return that nobody knows."""
        return Losses(problem="the host did not answer")

    @override
    def command(self, manifest: str, database: str) -> str:
        """Return the comparison; it always succeeds."""
        words = ["losses", "--manifest", manifest, "--database", database]
        return f"{PROGRAMS}/sqlite_backup {shlex.join(words)} 2>&1 || true"

    @override
    def process(self, output: list[str]) -> Losses:
        """Parse the count; what is none is the reason."""
        return parse_losses(output)
