"""Lab hosts of the lab's own, set up once and kept as a layer: what the hosts around them need."""

import hashlib
from dataclasses import dataclass

from changeover.lab import layer, machine, state
from changeover.lab.host import LabHost


@dataclass(frozen=True)
class Server:
    """What a bare host becomes by a script."""

    name: str
    setup: str

    @property
    def layer_name(self) -> str:
        """Name of the layer that such servers begin with; another script has another."""
        return f"{self.name}-{hashlib.sha256(self.setup.encode()).hexdigest()[:8]}"

    def set_up(self, host: LabHost) -> None:
        """Make a bare host the server, and keep that as the layer for the next one."""
        host.run(self.setup)
        host.keep_as(self.layer_name)

    def is_layer_there(self) -> bool:
        """Tell whether servers can begin with all installed."""
        return layer.exists(self.layer_name)

    def is_ready(self, number: int) -> bool:
        """Tell whether a lab's server runs and was set up to its end."""
        record = state.load(state.hosts_folder(number) / self.name)
        return bool(record and record.layer == self.layer_name and machine.is_running(record))
