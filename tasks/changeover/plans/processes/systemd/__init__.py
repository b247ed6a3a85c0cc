"""systemd: a service of the app's, behind a socket in which requests wait while it restarts."""

from changeover.plans import command
from changeover.plans.databases.kind import Location
from changeover.plans.databases.none import NOWHERE
from changeover.plans.digest import sha
from changeover.plans.paths import BUILT_CACHES, PROGRAMS, UNITS
from changeover.plans.processes.protocol import WEB, Log
from changeover.plans.processes.systemd.unit import (
    ServiceUnit,
    render_service,
    render_socket,
    socket_path,
)
from changeover.plans.script import Variable, compose, read, script
from changeover.plans.snapshot import Process, Snapshot
from changeover.plans.target import Target
from changeover.settings.processes import Service

# uvicorn and gunicorn believe whoever asks what is said of visitors: only nginx reaches the socket;
# the app's own environment file wins
_BELIEVED = {"FORWARDED_ALLOW_IPS": "*"}


def service_unit(app: str) -> str:
    """Return the name of an app's service unit."""
    return f"{app}.service"


def socket_unit(app: str) -> str:
    """Return the name of an app's socket unit."""
    return f"{app}.socket"


class Systemd:
    """systemd, as the deploy file declares it."""

    title: str = "systemd"
    names: tuple[str, ...] = (WEB,)

    def __init__(self, declared: Service) -> None:
        """Keep what the deploy file says."""
        self._declared = declared

    @property
    def shell(self) -> str:
        """Return its shell functions."""
        return read("processes/systemd/functions") + read("processes/systemd/log")

    @property
    def probe(self) -> str:
        """Return what tells of the units."""
        return read("processes/systemd/probe")

    def check(self, target: Target) -> None:
        """Raise ValueError where the unit could not be written."""
        self.unit(target, NOWHERE)

    def label(self, target: Target) -> str:
        """Return the name of the service."""
        return service_unit(target.app.name)

    def socket(self, target: Target) -> str:
        """Return where the socket unit listens."""
        return socket_path(target.app.name, target.app.name)

    def log(self, target: Target) -> Log:
        """Return the journal's part that is the service's."""
        return Log(words=("--unit", service_unit(target.app.name)))

    def unit(self, target: Target, database: Location) -> ServiceUnit:
        """Return the wanted unit; it starts after its own host's database server."""
        app, paths, declared = target.app, target.paths, self._declared
        caches = app.build.caches if app.build else ()
        return ServiceUnit(
            app=app.name,
            name=app.name,
            description=f"{app.name}, released by Changeover",
            exec_start=command.serving(target),
            user=app.name,
            # releases that an earlier version of Changeover made write beside what is there now
            writable=(paths.shared, *([paths.app_caches] if caches else [])),
            memory_max=declared.memory_max,
            tasks_max=declared.tasks_max,
            cpu_weight=declared.cpu_weight,
            # its compiler does not start without
            memory_write_execute=declared.memory_write_execute or command.serves_by_node(target),
            hide_host=declared.hide_host,
            caches=(BUILT_CACHES,) if caches else (),
            after=database.place.units,
            environment=_BELIEVED,
        )

    def places(self, target: Target) -> tuple[str, ...]:
        """Return where the two unit files are."""
        app = target.app.name
        return (f"{UNITS}/{service_unit(app)}", f"{UNITS}/{socket_unit(app)}")

    def files(self, target: Target, database: Location) -> dict[str, str]:
        """Return the two unit files."""
        wanted = self.unit(target, database)
        service, socket = self.places(target)
        return {service: render_service(wanted), socket: render_socket(wanted)}

    def links(self, target: Target) -> tuple[str, ...]:
        """Return the links that have systemd start the units with the host."""
        app = target.app.name
        wants = {"multi-user": service_unit(app), "sockets": socket_unit(app)}
        return tuple(f"{UNITS}/{at}.target.wants/{name}" for at, name in wants.items())

    def rivals(self, target: Target) -> tuple[str, ...]:
        """Return the units of those names that a package would bring."""
        units = (service_unit(target.app.name), socket_unit(target.app.name))
        return tuple(f"/lib/systemd/system/{name}" for name in units)

    def variables(self, target: Target, snapshot: Snapshot | None = None) -> dict[str, Variable]:
        """Return both units, and what is to be done with the socket before the service starts."""
        app = target.app.name
        # requests wait in it meanwhile: it is restarted only if its own unit changed
        current = snapshot is None or self._has_socket(target, _web(snapshot))
        return {
            "programs": PROGRAMS,
            "unit": service_unit(app),
            "socket_unit": socket_unit(app),
            "socket_job": "start" if current else "restart",
            "marked": target.paths.restarted,
        }

    def probe_variables(self, target: Target) -> dict[str, Variable]:
        """Return both units, and where their starts are noted."""
        app, paths = target.app.name, target.paths
        return {
            "unit": service_unit(app),
            "socket_unit": socket_unit(app),
            "releases": paths.releases,
            "activated": paths.activated,
            "started": f"/var/lib/changeover-started/{app}/{service_unit(app)}",
        }

    def install_script(self, target: Target, database: Location) -> str:
        """Return the script that writes and enables both units."""
        service, socket = self.files(target, database).values()
        return script(
            "processes/systemd/install",
            unit=service_unit(target.app.name),
            socket_unit=socket_unit(target.app.name),
            service_text=service.removesuffix("\n"),
            socket_text=socket.removesuffix("\n"),
        )

    def withdraw_script(self, target: Target) -> str:
        """Return the script that stops and disables both units."""
        return compose(self.shell, read("processes/systemd/withdraw"), **self.variables(target))

    def restart_reason(self, target: Target, snapshot: Snapshot, database: Location) -> str:
        """Return why: the socket is down, or one of the units is another."""
        process = _web(snapshot)
        if process.detail.get("socket") != "active":
            return "the app does not run"
        if not self._has_socket(target, process):
            return "it listens with another socket unit"
        if process.started.get("unit") != sha(render_service(self.unit(target, database))):
            return "it runs with another unit file"
        return ""

    def _has_socket(self, target: Target, process: Process) -> bool:
        """Tell whether what runs has the wanted socket, which is the same for every database."""
        wanted = sha(render_socket(self.unit(target, NOWHERE)))
        return process.started.get("socket", wanted) == wanted


def _web(snapshot: Snapshot) -> Process:
    return snapshot.processes.get(WEB, Process())
