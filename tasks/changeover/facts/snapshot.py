"""The state of one app on one host, read in one round trip."""

from pyinfra.api import FactBase
from pyinfra.api.exceptions import FactProcessError
from typing_extensions import override

from changeover.plans.probe import Question, probe_script
from changeover.plans.probe_answer import parse_snapshot
from changeover.plans.probe_parts import NeedsRootError
from changeover.plans.script import SHELL
from changeover.plans.snapshot import Snapshot


class AppSnapshot(FactBase[Snapshot | None]):
    """
    Returns what is so for one app on the host, or ``None`` where the probe did not come through.

    + question: what to look for

    .. code:: python

        Snapshot(uid=0, system="debian 12", current="20260101T120000Z-0123456789ab", ...)
    """

    shell_executable = SHELL

    @staticmethod
    @override
    def default() -> Snapshot | None:
        """Return None: nothing is known, which is not the same as nothing is there."""
        return None

    @override
    def command(self, question: Question) -> str:
        """Return the probe."""
        return probe_script(question)

    @override
    def process(self, output: list[str]) -> Snapshot | None:
        """Parse what the probe printed."""
        try:
            return parse_snapshot(output)
        except NeedsRootError as error:
            raise FactProcessError(str(error)) from None
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise FactProcessError(f"the probe's answer makes no sense: {error}") from error
