"""What a database URL leads to on a host, asked before the host has it."""

from pyinfra.api import FactBase
from pyinfra.api.exceptions import FactProcessError
from typing_extensions import override

from changeover.plans.probe import Question, candidate_script
from changeover.plans.probe_answer import parse_candidate
from changeover.plans.probe_parts import NeedsRootError
from changeover.plans.script import SHELL
from changeover.plans.snapshot import CandidateDatabase


class CandidateDatabaseState(FactBase[CandidateDatabase | None]):
    """
    Returns what a URL leads to that is not in force; None where that cannot be known.

    The URL's line comes on stdin.

    + question: what to look for
    + local_server: whether the URL's server is on the host itself

    .. code:: python

        CandidateDatabase(database=None, wanting=("role", "database"))
    """

    shell_executable = SHELL

    @staticmethod
    @override
    def default() -> CandidateDatabase | None:
        """Return that nobody knows."""
        return None

    @override
    def command(self, question: Question, *, local_server: bool) -> str:
        """Return the question; it changes nothing."""
        return candidate_script(question, local_server=local_server)

    @override
    def process(self, output: list[str]) -> CandidateDatabase | None:
        """Parse the answer."""
        try:
            return parse_candidate(output)
        except NeedsRootError as error:
            raise FactProcessError(str(error)) from None
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise FactProcessError(f"what was told of a URL makes no sense: {error}") from error
