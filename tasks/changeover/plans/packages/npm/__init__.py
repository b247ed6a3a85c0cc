"""npm: node_modules out of a package-lock.json."""

from functools import cached_property

from changeover.plans.digest import digest
from changeover.plans.inputs.tree import ALL, Inputs, Tree, join
from changeover.plans.packages.npm import inputs as npm_inputs
from changeover.plans.packages.npm.inputs import LOCK, MANIFEST
from changeover.plans.paths import NODE
from changeover.plans.script import Variable
from changeover.settings.node import Node


class Npm:
    """npm, for the packages that a deploy file declares."""

    script = "packages/npm/install"

    def __init__(self, declared: Node, tree: Tree) -> None:
        """Keep what the deploy file says, and the app's folder in the commit."""
        self._declared = declared
        self._tree = tree

    @cached_property
    def inputs(self) -> Inputs:
        """What node_modules are made from."""
        return npm_inputs.inputs(self._declared, self._tree)

    @property
    def required(self) -> tuple[str, ...]:
        """The manifest and the lock."""
        return tuple(join(self._declared.directory, name) for name in (MANIFEST, LOCK))

    def key(self, _release: str) -> str:
        """Return the name of node_modules: the same lock, with all that it names, the same name."""
        return f"node-{digest(self.inputs.objects(self._tree), self._declared.version)}"

    def variables(self) -> dict[str, Variable]:
        """Return where the lock is, and by which version of Node it is installed."""
        return {
            "directory": self._declared.directory,
            # scripts of the app itself may write beside their packages
            "whole": self._declared.directory if self.inputs.paths == (ALL,) else "",
            "node": f"{NODE}/{self._declared.version}",
        }
