"""No database: the app has none, or nobody knows its URL."""

from collections.abc import Mapping

from changeover.plans.databases.kind import Location, Told, Words
from changeover.plans.script import Variable
from changeover.plans.target import Target


class NoDatabase:
    """What stands where there is no database: its functions fail, or find nothing."""

    begins = ""
    functions = "database/none"
    program = ""
    packages: Words = ()
    tasks: Words = ()
    names_files = False

    def is_ours(self, url: str) -> bool:
        """Tell whether there is no URL."""
        return not url

    def locate(self, _url: str, _target: Target) -> Location:
        """Return that it is nowhere."""
        return Location(self)

    def variables(self, _target: Target) -> dict[str, Variable]:
        """Return none."""
        return {}

    def told(self, _target: Target, _name: str, _environment: str) -> Told:
        """Return no word."""
        return Told()

    def copy(self, _target: Target) -> str:
        """Return that there is none."""
        return ""

    def own_check(self, _target: Target, _serving: str) -> tuple[Words, Mapping[str, Variable]]:
        """Return that there is nothing to check."""
        return (), {}


NONE = NoDatabase()
NOWHERE = Location(NONE)
