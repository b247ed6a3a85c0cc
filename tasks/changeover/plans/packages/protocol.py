"""What a package manager is: what its packages are made from, and what installs them."""

from typing import Protocol

from changeover.plans.inputs.tree import Inputs
from changeover.plans.script import Variable


class Manager(Protocol):
    """
    One tool that installs an app's packages, of what a deploy file declares and a commit has.

    The packages are in a folder of their own, by the name ``key``, and releases share it. The
    script makes that folder (``environment``) out of ``inputs`` of the release at
    ``release_path``, unless it is complete, and shows it there as ``link``. It has the functions
    of ``sandbox.sh`` and ``inputs.sh``. Which variables tell the tool how to get to the network, is
    in ``host/sandbox/walls.py``.
    """

    script: str
    """The file of its script, below ``scripts/``."""

    @property
    def inputs(self) -> Inputs:
        """What of the app's folder the packages are made from, as far as the commit is known."""

    @property
    def required(self) -> tuple[str, ...]:
        """Files that a commit has to have, relative to the app: the lock file is one of them."""

    def key(self, release: str) -> str:
        """Return the name of the folder: the same where what is installed would be the same."""

    def variables(self) -> dict[str, Variable]:
        """Return the variables of the script, beside those that are the same for all managers."""
