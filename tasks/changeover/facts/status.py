"""What a host tells of an app for people: its state and what was, in one round trip."""

from pyinfra.api import FactBase
from pyinfra.api.exceptions import FactProcessError
from typing_extensions import override

from changeover.plans.probe import Question, status_script
from changeover.plans.probe_parts import NeedsRootError
from changeover.plans.script import SHELL
from changeover.plans.status import StatusAnswer, parse_status


class AppStatus(FactBase[StatusAnswer | None]):
    """
    Returns what the host tells of an app, or ``None`` where it did not answer.

    + question: what to look for

    .. code:: python

        Told(snapshot=Snapshot(...), program={"ledger": [...], "open": None, ...})
    """

    shell_executable = SHELL

    @staticmethod
    @override
    def default() -> StatusAnswer | None:
        """Return None: nothing is known."""
        return None

    @override
    def command(self, question: Question) -> str:
        """Return the probe, and what the host program tells."""
        return status_script(question)

    @override
    def process(self, output: list[str]) -> StatusAnswer | None:
        """Parse both."""
        try:
            return parse_status(output)
        except NeedsRootError as error:
            raise FactProcessError(str(error)) from None
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise FactProcessError(f"the host's answer makes no sense: {error}") from error
