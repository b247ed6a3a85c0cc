"""What restoring a backup would lose, counted on the host."""

import shlex

from pyinfra.api import FactBase
from typing_extensions import override

from changeover.plans.rollback import Losses, parse_losses
from changeover.plans.script import SHELL


class RestoreLosses(FactBase[Losses]):
    """
    Returns the rows that a restore would lose; it changes nothing.

    + script: what counts them, from ``plans/rollback.py``

    .. code:: python

        Losses(rows=12, tables={"users": {"added": 12, "changed": 0, "removed": 0}})
    """

    @staticmethod
    @override
    def default() -> Losses:
        """Return that nobody knows."""
        return Losses(problem="the host did not answer")

    @override
    def command(self, script: str) -> str:
        """Return the comparison; it always succeeds."""
        return f"{SHELL} -c {shlex.quote(script)} 2>&1 || true"

    @override
    def process(self, output: list[str]) -> Losses:
        """Parse the count; what is none is the reason."""
        return parse_losses(output)
