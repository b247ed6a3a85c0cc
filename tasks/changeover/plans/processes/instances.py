"""An app's processes as they run: each is one, or several of the same kind."""

from collections.abc import Iterator
from dataclasses import dataclass

from changeover.settings.app import App
from changeover.settings.processes import Process, Web, Worker


@dataclass(frozen=True)
class Instance:
    """One process that runs."""

    name: str
    """What it is called: ``web``, ``worker``; of several alike ``worker@1``, ``worker@2``."""
    process: Process
    """What the deploy file says of it."""

    @property
    def serves(self) -> bool:
        """Tell whether nginx passes requests to it."""
        return isinstance(self.process, Web)


def instances(app: App) -> tuple[Instance, ...]:
    """Return what runs of an app, what serves its site first."""
    found = [one for process in app.processes for one in _instances(process)]
    return tuple(sorted(found, key=lambda one: not one.serves))


def _instances(process: Process) -> Iterator[Instance]:
    count = process.instances if isinstance(process, Worker) else 1
    for number in range(1, count + 1):
        yield Instance(process.name if count == 1 else f"{process.name}@{number}", process)
