"""systemd: a unit for each process, with a socket for one that is handed its listener."""

from changeover.plans.databases.kind import Location
from changeover.plans.databases.none import NOWHERE
from changeover.plans.digest import sha
from changeover.plans.paths import PROGRAMS, UNITS
from changeover.plans.processes.instances import instances
from changeover.plans.processes.protocol import Log
from changeover.plans.processes.systemd import names
from changeover.plans.processes.systemd.unit import render_service, render_socket
from changeover.plans.processes.systemd.wanted import wanted
from changeover.plans.script import Variable, compose, read
from changeover.plans.snapshot import Process, Snapshot
from changeover.plans.target import Target
from changeover.settings.app import App
from changeover.settings.processes import Web

_PATIENCE = 40


class SystemdEngine:
    """systemd, for one app."""

    title: str = "systemd"

    def __init__(self, app: App) -> None:
        """Keep what the deploy file says."""
        self._app = app.name
        self._instances = instances(app)

    @property
    def shell(self) -> str:
        """Return its shell functions."""
        return read("processes/systemd/functions") + read("processes/systemd/log")

    @property
    def probe(self) -> str:
        """Return what tells of the units."""
        return read("processes/systemd/probe")

    def check(self, target: Target) -> None:
        """Raise ValueError where a unit could not be written."""
        self.files(target, NOWHERE)

    def label(self, target: Target) -> str:
        """Return the name of the service that serves."""
        del target
        return names.service(self._app, self._instances[0].name)

    def listener(self, target: Target) -> str:
        """Return where the process that serves, or its socket unit, listens."""
        web = target.app.web
        stem = names.stem(self._app, web.name)
        if web.listens == "port":
            return f"127.0.0.1:{target.port}"
        place = names.own_socket if web.listens == "socket" else names.handed_socket
        return f"unix:{place(self._app, stem)}"

    def log(self, target: Target, process: str) -> Log:
        """Return the journal's part that is the process's."""
        del target
        alike = [one.name for one in self._instances if one.process.name == process]
        return Log(journals=tuple(names.service(self._app, name) for name in alike))

    def places(self, target: Target) -> tuple[str, ...]:
        """Return where the files of units are, of a socket also where none is wanted."""
        del target
        return tuple(_place(unit) for unit in self._units())

    def files(self, target: Target, database: Location) -> dict[str, str]:
        """Return the files of the units."""
        found = {}
        for one in self._instances:
            unit = wanted(target, database, one)
            found[_place(f"{unit.name}.service")] = render_service(unit)
            if unit.listens == "fd":
                found[_place(f"{unit.name}.socket")] = render_socket(unit)
        return found

    def strays(self, target: Target, snapshot: Snapshot) -> tuple[str, ...]:
        """Return the files of units that are there, and that the deploy file has no more."""
        del target
        there = self._there(snapshot)
        return tuple(_place(unit) for unit in there if unit not in self._wanted())

    def links(self, target: Target, snapshot: Snapshot) -> tuple[str, ...]:
        """Return the links that have systemd start the units with the host."""
        del target
        units = dict.fromkeys([*self._units(), *self._there(snapshot)])
        return tuple(f"{UNITS}/{names.wanted_by(unit)}.wants/{unit}" for unit in units)

    def rivals(self, target: Target) -> tuple[str, ...]:
        """Return the units of those names that a package would bring."""
        del target
        return tuple(f"/lib/systemd/system/{unit}" for unit in self._units())

    def variables(
        self, target: Target, snapshot: Snapshot | None = None, *, back: bool = False
    ) -> dict[str, Variable]:
        """Return which units run and which do not, and how sockets are started."""
        there = self._there(snapshot) if snapshot else ()
        units = there if back else self._wanted()
        changed = snapshot is not None and not self._has_socket(target, snapshot)
        return {
            "programs": PROGRAMS,
            "services": [unit for unit in units if names.is_service(unit)],
            "sockets": [unit for unit in units if not names.is_service(unit)],
            "others": [unit for unit in (*self._units(), *there) if unit not in units],
            # requests wait in it meanwhile: it is restarted only if its own unit changed
            "socket_job": "restart" if changed and not back else "start",
            # each unit has its own time; whatever a drop-in says, then it is killed
            "stop_seconds": _PATIENCE + max(one.process.stop_seconds for one in self._instances),
            "marked": target.paths.restarted,
        }

    def probe_variables(self, target: Target) -> dict[str, Variable]:
        """Return the wanted services, where units are, and where their starts are noted."""
        paths = target.paths
        return {
            "app": self._app,
            "names": [one.name for one in self._instances],
            "units": UNITS,
            "releases": paths.releases,
            "activated": paths.activated,
            "records": f"/var/lib/changeover-started/{self._app}",
        }

    def install_script(self, target: Target, snapshot: Snapshot, database: Location) -> str:
        """Return the script that writes and enables the units, and removes what is left of old."""
        files = self.files(target, database)
        strays = self.strays(target, snapshot)
        return compose(
            read("processes/systemd/install"),
            programs=PROGRAMS,
            paths=list(files),
            texts=[text.removesuffix("\n") for text in files.values()],
            units=[path.rpartition("/")[2] for path in files],
            stray_paths=strays,
            strays=[path.rpartition("/")[2] for path in strays],
        )

    def withdraw_script(self, target: Target, snapshot: Snapshot) -> str:
        """Return the script that stops and disables the units that the host did not have."""
        del target
        there = self._there(snapshot)
        added = [unit for unit in self._wanted() if unit not in there]
        if not added:
            return ""
        return compose(read("processes/systemd/withdraw"), programs=PROGRAMS, added=added)

    def restart_reason(self, target: Target, snapshot: Snapshot, database: Location) -> str:
        """Return why: a socket is down, or one of the units is another."""
        web = _process(snapshot, self._instances[0].name)
        if self._sockets() and web.detail.get("socket") != "active":
            return "the app does not run"
        if not self._has_socket(target, snapshot):
            return "it listens with another socket unit"
        files = self.files(target, database)
        for one in self._instances:
            text = files[_place(names.service(self._app, one.name))]
            if _process(snapshot, one.name).started.get("unit") != sha(text):
                return "it runs with another unit file"
        return ""

    def _units(self) -> tuple[str, ...]:
        """Return every unit that the processes may have."""
        return names.units(self._app, [one.name for one in self._instances])

    def _wanted(self) -> tuple[str, ...]:
        """Return the units that they have."""
        services = [names.service(self._app, one.name) for one in self._instances]
        return (*services, *self._sockets())

    def _sockets(self) -> tuple[str, ...]:
        web = self._instances[0]
        handed = isinstance(web.process, Web) and web.process.listens == "fd"
        return (names.socket(self._app, web.name),) if handed else ()

    def _there(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return the units of the app that a host has."""
        found = ((name, one.detail.get("has", "")) for name, one in snapshot.processes.items())
        units = [
            (names.service(self._app, name), names.socket(self._app, name), has)
            for name, has in found
        ]
        services = [service for service, _, has in units if has in ("service", "both")]
        return (*services, *(socket for _, socket, has in units if has in ("socket", "both")))

    def _has_socket(self, target: Target, snapshot: Snapshot) -> bool:
        """Tell whether what runs has the wanted socket, which is the same for every database."""
        web = self._instances[0]
        text = render_socket(wanted(target, NOWHERE, web)) if self._sockets() else ""
        own = sha(text) if text else "none"
        return _process(snapshot, web.name).started.get("socket", own) == own


def _place(unit: str) -> str:
    return f"{UNITS}/{unit}"


def _process(snapshot: Snapshot, name: str) -> Process:
    return snapshot.processes.get(name, Process())
