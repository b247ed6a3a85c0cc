"""What a lab knows of its hosts, kept in its state folder."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from changeover.lab import base, image, names
from changeover.lab.files import write
from changeover.lab.sources import CODENAME


@dataclass(frozen=True)
class Record:
    """One host of one lab."""

    lab: int
    name: str
    part: int
    groups: tuple[str, ...] = ()
    user: str = "root"
    layer: str | None = None
    memory: str | None = None
    cpus: float | None = None
    sudo_password: bool = False
    debian: str = CODENAME
    disk: str = image.DEFAULT
    lower: tuple[str, ...] = ()

    @property
    def machine(self) -> str:
        """The machine's own name, from which its interfaces and control groups have theirs."""
        return names.machine(self.lab, self.part)

    @property
    def address(self) -> str:
        """The host's address."""
        return names.address(self.lab, self.part)

    @property
    def folder(self) -> Path:
        """Where everything of this host is kept."""
        return hosts_folder(self.lab) / self.name

    @property
    def root(self) -> Path:
        """Where the host's file tree is mounted."""
        return self.folder / "root"

    @property
    def lock(self) -> str:
        """The lock to hold while the machine is started, stopped or removed."""
        return lock_name(self.lab, self.name)

    def save(self) -> None:
        """Keep this record."""
        write(self.folder / "host.json", json.dumps(asdict(self), indent=1) + "\n")

    def above(self, layer: str, tree: Path) -> "Record":
        """Return this host's record with one more layer under its disk."""
        return replace(self, layer=layer, lower=(str(tree), *self.lower))


def lock_name(number: int, name: str) -> str:
    """Return the name of the lock on one host."""
    return f"{number}-{name}"


def lab_folder(number: int) -> Path:
    """Return a lab's state folder."""
    return base.PLACE / str(number)


def hosts_folder(number: int) -> Path:
    """Return the folder of a lab's hosts."""
    return lab_folder(number) / "hosts"


def load(folder: Path) -> Record | None:
    """Return the record in a host's folder, or None where a killed run left none."""
    try:
        kept = json.loads((folder / "host.json").read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Record(**{**kept, "groups": tuple(kept["groups"]), "lower": tuple(kept["lower"])})


def records(number: int) -> list[Record]:
    """Return a lab's hosts by address."""
    found = [load(folder) for folder in hosts_folder(number).glob("*")]
    return sorted((record for record in found if record), key=lambda record: record.part)


def all_records() -> Iterator[Record]:
    """Return the hosts of every lab on this machine."""
    for folder in base.PLACE.glob("*"):
        if folder.name.isdigit():
            yield from records(int(folder.name))
