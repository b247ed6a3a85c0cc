"""uv: a Python environment out of a lock file in pip's format."""

from functools import cached_property

from changeover.plans.digest import digest
from changeover.plans.inputs.tree import Tree
from changeover.plans.packages.uv import inputs as uv_inputs
from changeover.plans.packages.uv.inputs import PythonInputs
from changeover.plans.paths import UV
from changeover.plans.script import Variable, program
from changeover.settings.python import Python


class Uv:
    """uv, for the packages that a deploy file declares."""

    script = "packages/uv/install"

    def __init__(self, declared: Python, tree: Tree) -> None:
        """Keep what the deploy file says, and the app's folder in the commit."""
        self._declared = declared
        self._tree = tree

    @cached_property
    def inputs(self) -> PythonInputs:
        """What the Python environment is made from."""
        return uv_inputs.inputs(self._declared, self._tree)

    @property
    def required(self) -> tuple[str, ...]:
        """The lock."""
        return (self._declared.lock,)

    def key(self, release: str) -> str:
        """Return the environment's name: the same lock, with all that it names, the same name."""
        lock, found = self._declared.lock, self.inputs
        parts: list[object] = [self._tree.object_of(lock), self._declared.version]
        others = [pair for pair in found.objects(self._tree) if pair[0] != lock]
        parts += [others] if others else []
        parts += [release] if found.in_place else []
        parts += ["judged"] if found.are_judged else []  # not those that an older version made
        return f"python-{digest(*parts)}"

    def variables(self) -> dict[str, Variable]:
        """Return how the lock is to be taken, and what then judges the tree's own packages."""
        found = self.inputs
        return {
            "in_place": "yes" if found.in_place else "",
            "lock_file": self._declared.lock,
            "options": _hashes(found),
            "alone": "yes" if found.are_judged else "",
            "judge_program": program("packages/uv/judge") if found.builds else "",
            "extras": found.extras,
            "version": self._declared.version,
            "uv": UV,
        }


def _hashes(inputs: PythonInputs) -> list[str]:
    """
    Return how hashes are asked for.

    What is built from the tree has none, and where it is named the installer takes no lock as a
    whole: then the lock alone says what is installed, and preflight sees that all of it has one.
    What the tree's own packages lack then is named after the install.
    """
    if not inputs.hashed:
        return []
    return ["--no-deps"] if inputs.are_judged else ["--require-hashes"]
