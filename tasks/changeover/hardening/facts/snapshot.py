"""What is given on a host, and the state of its own configuration."""

from pyinfra.api import FactBase
from pyinfra.api.exceptions import FactProcessError
from typing_extensions import override

from changeover.hardening.plans.machine import machine_script, parse_machine
from changeover.hardening.plans.part import Machine
from changeover.hardening.plans.snapshot import HostState, Question, parse, probe_script
from changeover.plans.script import SHELL


class HostMachine(FactBase[Machine | None]):
    """
    Returns what is given on a host, or ``None`` where that is not known.

    .. code:: python

        Machine(system="debian 12", codename="bookworm", memory_megabytes=2048, cores=2, ...)
    """

    shell_executable = SHELL

    @staticmethod
    @override
    def default() -> Machine | None:
        """Return None: nothing is known."""
        return None

    @override
    def command(self) -> str:
        """Return the script."""
        return machine_script()

    @override
    def process(self, output: list[str]) -> Machine | None:
        """Parse what it printed."""
        try:
            return parse_machine(output)
        except (KeyError, ValueError) as error:
            raise FactProcessError(f"the machine's answer makes no sense: {error}") from error


class HostSnapshot(FactBase[HostState | None]):
    """
    Returns the state of a host's own configuration, or ``None`` where that is not known.

    + question: what to look for

    .. code:: python

        HostState(packages=frozenset({"nginx"}), files={...}, answers=("Etc/UTC",), ...)
    """

    shell_executable = SHELL

    @staticmethod
    @override
    def default() -> HostState | None:
        """Return None: nothing is known, which is not the same as nothing is there."""
        return None

    @override
    def command(self, question: Question) -> str:
        """Return the probe."""
        return probe_script(question)

    @override
    def process(self, output: list[str]) -> HostState | None:
        """Parse what the probe printed."""
        try:
            return parse(output)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise FactProcessError(f"the probe's answer makes no sense: {error}") from error
