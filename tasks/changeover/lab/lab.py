"""A lab: a network of real hosts on this machine, apart from every other lab."""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from changeover.lab import (
    acme,
    base,
    cgroup,
    controller,
    disk,
    image,
    keys,
    layer,
    machine,
    names,
    network,
    origin,
    ssh,
    state,
)
from changeover.lab.acme import Acme
from changeover.lab.errors import LabError
from changeover.lab.files import locked, remove
from changeover.lab.host import LabHost
from changeover.lab.origin import Origin
from changeover.lab.server import Server
from changeover.lab.sources import CODENAME


@dataclass(frozen=True)
class HostSpec:
    """A host to have."""

    name: str
    groups: tuple[str, ...] = ()
    layer: str | None = None
    user: str = "root"
    memory: str | None = None
    cpus: float | None = None
    sudo_password: bool = False
    debian: str = CODENAME
    """The release's codename."""
    disk: str = image.DEFAULT
    """Its size, as 512M or 8G."""


class Lab:
    """The lab whose number is given, or is in the environment as CHANGEOVER_LAB."""

    def __init__(self, number: int | None = None) -> None:
        """Take its number. Raises LabError for what is none."""
        text = os.environ.get("CHANGEOVER_LAB", "0") if number is None else str(number)
        self.number = names.lab_number(text)
        controller.find_tools()

    def up(
        self,
        name: str,
        groups: Iterable[str] = (),
        layer: str | None = None,
        user: str = "root",
        memory: str | None = None,
        cpus: float | None = None,
        sudo_password: bool = False,
        with_origin: bool = True,
        debian: str = CODENAME,
        disk: str = image.DEFAULT,
    ) -> LabHost:
        """Have a host that runs and lets people in: a fresh one, or the one of that name."""
        spec = HostSpec(name, tuple(groups), layer, user, memory, cpus, sudo_password, debian, disk)
        return self.up_all([spec], with_origin)[0]

    def up_all(self, specs: Iterable[HostSpec | str], with_origin: bool = True) -> list[LabHost]:
        """Have many hosts at once, and the origin beside them."""
        controller.prepare()
        wanted = [HostSpec(spec) if isinstance(spec, str) else spec for spec in specs]
        for spec in wanted:
            names.checked_name(spec.name)
            image.size(spec.name, spec.disk)
            if spec.name in names.SERVERS:
                raise LabError(f"{spec.name} has its own command: changeover lab {spec.name}")
            if spec.layer and spec.debian != CODENAME:
                raise LabError(f"{spec.name}: layers stand on {CODENAME}, not on {spec.debian}")
        with ThreadPoolExecutor(max_workers=1) as beside:
            started = beside.submit(self.start_origin) if with_origin else None
            hosts = self._boot(wanted)
            if started:
                started.result()
        return hosts

    @property
    def origin(self) -> Origin:
        """Where the sample apps are cloned from."""
        return Origin(self.number)

    def start_origin(self) -> Origin:
        """Have an origin that runs and serves every sample app."""
        controller.prepare()
        # One at a time on this machine: the first makes the layer for the others.
        with locked("origin"):
            self._boot_server(origin.SERVER)
        self.origin.complete()
        return self.origin

    def start_acme(self) -> Acme:
        """Have an ACME server that runs."""
        controller.prepare()
        with locked("acme"):
            self._boot_server(acme.SERVER)
        return Acme(self.host(names.ACME))

    def _boot_server(self, server: Server) -> None:
        if server.is_ready(self.number):
            return
        known = state.load(state.hosts_folder(self.number) / server.name)
        begin = server.layer_name if server.is_layer_there() else None
        if known and known.layer != server.layer_name:
            # Never finished by a killed run, or made another way than today.
            self.down(server.name)
        host = self._boot([HostSpec(server.name, layer=begin)])[0]
        if begin is None:
            server.set_up(host)

    def _boot(self, specs: list[HostSpec]) -> list[LabHost]:
        hosts = self._allocate(specs)
        with ThreadPoolExecutor(max_workers=max(len(hosts), 1)) as pool:
            list(pool.map(LabHost.boot, hosts))
        return hosts

    def host(self, name: str) -> LabHost:
        """Return a host of this lab."""
        for host in self.machines():
            if host.name == name:
                return host
        raise LabError(f"there is no lab host {name!r}: changeover lab up {name}")

    def hosts(self) -> list[LabHost]:
        """Return the hosts of this lab, running or not; the lab's servers are none of them."""
        return [host for host in self.machines() if host.name not in names.SERVERS]

    def machines(self) -> list[LabHost]:
        """Return the hosts of this lab and its servers."""
        return [LabHost(record) for record in state.records(self.number)]

    def served_apps(self) -> list[str]:
        """Return the apps that this lab's origin serves."""
        present = any(host.name == names.ORIGIN for host in self.machines())
        return self.origin.apps() if present else []

    def snapshot(self, name: str, layer_name: str) -> LabHost:
        """Stop a host in order, keep its disk as a layer, boot it again above the layer."""
        host = self.host(name)
        host.keep_as(layer_name)
        return host

    def layers(self) -> list[str]:
        """Return the layers that hosts can be made from."""
        return layer.listed()

    def has_layer(self, name: str) -> bool:
        """Tell whether hosts can be made from a layer."""
        return layer.exists(name)

    def drop_layer(self, name: str) -> None:
        """Remove a layer; one that is not there is no error."""
        layer.drop(name)

    def down(self, *wanted: str) -> None:
        """Take hosts down, their disks too; without names everything of this lab."""
        controller.prepare()
        doomed = [self.host(name) for name in wanted] if wanted else self.machines()
        with ThreadPoolExecutor(max_workers=max(len(doomed), 1)) as pool:
            list(pool.map(LabHost.erase, doomed))
        if wanted:
            ssh.note_host_keys(self.number)
        else:
            with locked(self._lock):
                self._clear_all()

    def purge(self) -> None:
        """Take the whole lab down, and remove the base and the layers that all labs share."""
        self.down()
        others = sorted({record.lab for record in state.all_records()})
        if others:
            raise LabError(f"the base is in use by lab {', '.join(map(str, others))}")
        remove(base.PLACE)

    @property
    def _lock(self) -> str:
        return str(self.number)

    def _allocate(self, specs: list[HostSpec]) -> list[LabHost]:
        trees = {spec.debian: str(base.tree(spec.debian)) for spec in specs}
        with locked(self._lock):
            self._clear_half_written()
            keys.make_key(ssh.client_key(self.number), f"lab {self.number}")
            network.create(self.number)
            return [LabHost(self._record(spec, trees[spec.debian])) for spec in specs]

    def _record(self, spec: HostSpec, tree: str) -> state.Record:
        groups = spec.groups or names.default_groups(spec.name)
        present = state.load(state.hosts_folder(self.number) / spec.name)
        if present:
            return _matching(present, spec)
        part = names.SERVERS.get(spec.name)
        if part is None:
            part = names.free_part(record.part for record in state.records(self.number))
        lower = (*(str(path) for path in layer.trees(spec.layer)), tree)
        fields = {**vars(spec), "groups": groups}
        record = state.Record(self.number, part=part, lower=lower, **fields)
        record.save()
        return record

    def _clear_half_written(self) -> None:
        for folder in state.hosts_folder(self.number).glob("*"):
            if state.load(folder) is None or disk.is_lost(folder):
                with locked(state.lock_name(self.number, folder.name)):
                    disk.erase(folder)

    def _clear_all(self) -> None:
        pattern = names.control_group(f"{names.machine_prefix(self.number)}*")
        for group in cgroup.names(pattern):
            machine.clear(group.removeprefix(names.control_group("")))
        for folder in state.hosts_folder(self.number).glob("*"):
            disk.erase(folder)
        network.remove(self.number)
        remove(state.lab_folder(self.number))


def _matching(present: state.Record, spec: HostSpec) -> state.Record:
    other = (spec.user, spec.debian) != (present.user, present.debian)
    if other or (spec.layer and spec.layer != present.layer):
        had = f"user {present.user}, Debian {present.debian}, layer {present.layer or '-'}"
        raise LabError(f"{spec.name} is there with {had}: take it down first")
    if spec.groups and spec.groups != present.groups:
        present = replace(present, groups=spec.groups)
        present.save()
    return present
