"""One host of a lab, as tests hold it."""

import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from typing_extensions import override

from changeover.lab import disk, latency, layer, machine, network, ssh, state
from changeover.lab.command import failure
from changeover.lab.errors import LabError
from changeover.lab.files import locked
from changeover.lab.sources import CODENAME


class LabHost:
    """A real Debian host. It stays the same host, with the same disk, until it is taken down."""

    def __init__(self, record: state.Record) -> None:
        """Take what is kept of it."""
        self.record = record

    @override
    def __repr__(self) -> str:
        return f"LabHost({self.name!r}, {self.address!r})"

    @property
    def name(self) -> str:
        """Its name in the lab."""
        return self.record.name

    @property
    def address(self) -> str:
        """Its address."""
        return self.record.address

    @property
    def root(self) -> Path:
        """The host's file tree, as the controller sees it: a running host sees changes."""
        return self.record.root

    @property
    def groups(self) -> tuple[str, ...]:
        """The inventory groups the host is in."""
        return self.record.groups

    @property
    def user(self) -> str:
        """Who logs in by ssh: root, or a user who has sudo."""
        return self.record.user

    @property
    def layer(self) -> str | None:
        """The layer the host's disk stands on."""
        return self.record.layer

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return machine.is_running(self.record)

    @property
    def state(self) -> str:
        """How the host is: ``up``, ``cut`` or ``off``."""
        if not self.running:
            return "off"
        return "cut" if network.is_cut(self.record.machine) else "up"

    @property
    def delay(self) -> float:
        """What is added to a round trip, in milliseconds."""
        return latency.of(self.record)

    @property
    def sudo_password(self) -> str | None:
        """What the user must type for sudo, if anything."""
        path = self.record.folder / "sudo-password"
        return path.read_text() if self.record.sudo_password else None

    def run(
        self,
        command: str,
        check: bool = True,
        user: str | None = None,
        text: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a shell command over ssh, as the host's user or through sudo as another one."""
        typed = text or ""
        if user is not None and user != self.user:
            ask = "-n" if self.sudo_password is None else "-S -p ''"
            command = f"sudo {ask} -H -u {shlex.quote(user)} -- sh -c {shlex.quote(command)}"
            typed = f"{self.sudo_password}\n{typed}" if self.sudo_password else typed
        words = [*ssh.arguments(self.record), "--", command]
        done = subprocess.run(words, check=False, capture_output=True, text=True, input=typed)
        if check and done.returncode != 0:
            raise LabError(f"{self.name}: {failure([command], done)}")
        return done

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with locked(self.record.lock):
            present = state.load(self.record.folder)
            if present is None:
                raise LabError(f"{self.name} was taken down")
            # Another process may have made a layer of its disk.
            self.record = present
            yield

    def kill(self) -> None:
        """Cut the power: nothing in the host gets to do anything; its disk is kept."""
        with self._locked():
            machine.kill(self.record)

    def off(self) -> None:
        """Power off in order: services are stopped first."""
        with self._locked():
            machine.power_off(self.record)

    def boot(self) -> None:
        """Boot, if it does not run; wait until it lets people in and runs what its layer has."""
        with self._locked():
            if not self.running:
                machine.boot(self.record)
        ssh.note_host_keys(self.record.lab)
        ssh.wait(self.record)
        if self.record.layer:
            self.run("timeout 60 systemctl is-system-running --wait > /dev/null || true")

    def cut(self) -> None:
        """Cut the network: frames vanish without a sign, as with a dead router."""
        with self._locked():
            network.cut(self.record.machine)

    def heal(self) -> None:
        """Mend a cut network."""
        with self._locked():
            network.heal(self.record.machine)

    def latency(self, milliseconds: float) -> None:
        """Add to the round trip of the running host, until it stops; 0 takes it away."""
        with self._locked():
            latency.set_delay(self.record, milliseconds)

    def keep_as(self, name: str) -> None:
        """Stop in order, keep the disk as a layer, and boot again above it."""
        if self.record.debian != CODENAME:
            raise LabError(f"{self.name}: layers stand on {CODENAME}, not on {self.record.debian}")
        layer.make_room(name)
        with self._locked():
            machine.power_off(self.record)
            tree = layer.keep(name, disk.written(self.record), self.record.layer)
            # Before the record says so: above its own copy a moved folder would be empty.
            disk.discard(self.record)
            self.record = self.record.above(name, tree)
            self.record.save()
            machine.boot(self.record)
        ssh.wait(self.record)

    def erase(self) -> None:
        """Cut the power and remove everything of the host."""
        with locked(self.record.lock):
            machine.kill(self.record)
            disk.erase(self.record.folder)
