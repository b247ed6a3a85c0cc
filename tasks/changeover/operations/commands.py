"""What operations yield to work through a hold."""

from typing import Any

from pyinfra import logger
from pyinfra.api.command import PyinfraCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State
from typing_extensions import override

from changeover.operations import holds
from changeover.operations.hold import LOST, Opening
from changeover.plans.undo import Undo


class BeginChangeover(PyinfraCommand):
    """Opens a changeover; fails, with why, when the host does not let us."""

    def __init__(self, opening: Opening) -> None:
        """Take what is known of the host before the first step."""
        super().__init__()
        self.opening = opening

    @override
    def execute(self, state: State, host: Host, connector_arguments: Any) -> bool:
        """Open it."""
        return holds.begin(state, host, self.opening, dict(connector_arguments))


class Step(PyinfraCommand):
    """Has the host journal an undo and then run a script."""

    def __init__(self, app: str, undo: Undo, script: str, secret: str) -> None:
        """Take both, and what the script reads on its stdin."""
        super().__init__()
        self.app, self.undo, self.script, self._secret = app, undo, script, secret

    @override
    def __repr__(self) -> str:
        """Return what may be shown."""
        return f"Step({self.app}, {self.undo.step})"

    @override
    def execute(self, state: State, host: Host, connector_arguments: Any) -> bool:
        """Do it."""
        held = holds.of(host, self.app)
        if held is None:
            host.log(f"{self.app}: {LOST}", logger.error)
            return False
        shown = state.print_output or self.undo.shown
        return held.step(self.undo, self.script, self._secret, show=shown)


class CommitChangeover(PyinfraCommand):
    """Makes a changeover final."""

    def __init__(self, app: str, note: dict[str, Any]) -> None:
        """Take what the ledger is to know."""
        super().__init__()
        self.app, self.note = app, note

    @override
    def execute(self, state: State, host: Host, connector_arguments: Any) -> bool:
        """Commit."""
        held = holds.of(host, self.app)
        return held is not None and held.commit(self.note)
