"""An app's systemd units: what they run and may do, checked, and the text of their files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from changeover.host.sandbox.walls import CONTROL, SHARED_MEMORY
from changeover.plans.paths import PROGRAMS, Paths
from changeover.plans.processes.systemd import names
from changeover.settings.base import MEMORY
from changeover.templates.render import check_absolute, check_app, check_one_line, render

_UNIT_NAME = re.compile(r"[a-z][a-z0-9_-]*(@[0-9]+)?")
_OTHER_UNIT = re.compile(r"[A-Za-z0-9_@-]+\.(service|target|socket|mount)")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,30}")
OWN_CACHE = "own"
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class ServiceUnit:
    """One long-running process of an app, with a socket that outlives its restarts."""

    app: str
    name: str
    """The unit's name without ``.service``, such as ``playmaker``."""
    description: str
    exec_start: str
    """The command line as systemd reads it, beginning with a full path; ``%`` is spelled ``%%``."""
    user: str
    working_directory: str = ""
    """By default the current release."""
    environment_file: str = ""
    """By default the app's shared ``.env``. The unit does not start without it."""
    listens: str = ""
    """``fd``: systemd listens, and hands the socket over as file descriptor 3. ``port`` or
    ``socket``: the process listens itself, where its environment says. "": it does not."""
    port: int = 0
    """The app's port, 0 where it is not known yet."""
    notify: bool = False
    """True where the process tells systemd when it is ready (gunicorn does)."""
    writable: tuple[str, ...] = ()
    """The only paths that the process may write to; each must exist when it starts."""
    memory_max: str | None = None
    tasks_max: int = 512
    """Most processes and threads at one time."""
    cpu_weight: int = 100
    """Share of the processor, 1 to 10000, where others want it too."""
    memory_write_execute: bool = False
    """True where the runtime compiles while it runs, as Node does."""
    hide_host: bool = False
    """True where it needs to know nothing of the host's processors, memory and interfaces."""
    caches: tuple[str, ...] = ()
    """Folders of ``Paths.app_caches`` that it may write beside its own, by their names."""
    stop_signal: str = "SIGTERM"
    """What asks the main process to end."""
    stop_seconds: int = 20
    """How long it may take for that."""
    after: tuple[str, ...] = ()
    """Units that are wanted and started first, such as ``postgresql.service``."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Further variables, as plain text; secrets belong into the environment file."""

    def __post_init__(self) -> None:
        """Fill in what follows from the app, then check every value."""
        check_app(self.app)
        paths = Paths(self.app)
        object.__setattr__(self, "working_directory", self.working_directory or paths.current)
        object.__setattr__(self, "environment_file", self.environment_file or paths.env_file)
        object.__setattr__(self, "exec_start", self._located(self.exec_start))
        self._check_names()
        self._check_command()
        for what in ("working_directory", "environment_file"):
            check_absolute(what, getattr(self, what))
        for path in self.writable:
            check_absolute("writable path", path)
        if self.memory_max is not None and not MEMORY.fullmatch(self.memory_max):
            raise ValueError(f"memory_max {self.memory_max!r}: expected a size such as '512M'")
        if self.tasks_max < 1:
            raise ValueError(f"tasks_max {self.tasks_max}: expected 1 or more")
        if not 1 <= self.cpu_weight <= 10000:
            raise ValueError(f"cpu_weight {self.cpu_weight}: expected 1 to 10000")
        for key, value in self.environment.items():
            _check_variable(key, value)

    def _check_names(self) -> None:
        check_one_line("description", self.description)
        _check_specifiers("description", self.description)
        if not _UNIT_NAME.fullmatch(self.name):
            raise ValueError(f"unit name {self.name!r}: expected a-z, 0-9, _ and -")
        if not _USER.fullmatch(self.user):
            raise ValueError(f"user {self.user!r}: expected the name of a user")
        if self.user == "root":
            raise ValueError("user 'root': an app never runs as root")
        for unit in self.after:
            if not _OTHER_UNIT.fullmatch(unit):
                raise ValueError(f"after {unit!r}: expected a unit such as 'postgresql.service'")

    def _check_command(self) -> None:
        check_one_line("exec_start", self.exec_start)
        _check_specifiers("exec_start", self.exec_start)
        words = self.exec_start.split()
        check_absolute("exec_start's program", words[0])
        if ";" in words:
            raise ValueError(f"exec_start {self.exec_start!r}: one command only, without ' ; '")
        if self.exec_start.endswith("\\"):
            raise ValueError(f"exec_start {self.exec_start!r}: would continue on the next line")

    def _located(self, text: str) -> str:
        """Return a text in which the words of a shell for where to listen are what they mean."""
        for word, meaning in self.where.items():
            text = re.sub(rf"\$(?:{word}\b|\{{{word}\}})", meaning, text)
        return text

    @property
    def where(self) -> dict[str, str]:
        """The variables that say where the process has to listen."""
        if self.listens == "port":
            return {"PORT": str(self.port)}
        return {"SOCKET": names.own_socket(self.app, self.name)} if self.listens == "socket" else {}

    @property
    def socket_folder(self) -> str:
        """The folder in which the process itself makes its socket."""
        return names.socket_folder(self.app)

    @property
    def root(self) -> str:
        """The app's folder, the only one of /srv that the process sees."""
        return Paths(self.app).root

    @property
    def quiesced(self) -> str:
        """While this file is there, neither unit starts."""
        return Paths(self.app).quiesced

    @property
    def socket_path(self) -> str:
        """Where the socket is: in a folder of systemd's making, which a restart leaves alone."""
        return names.handed_socket(self.app, self.name)

    @property
    def cache_directories(self) -> str:
        """Where it may keep what can be lost: each is the app's, in a folder of root's."""
        above = Paths(self.app).app_caches.removeprefix("/var/cache/")
        return " ".join(f"{above}/{name}" for name in (OWN_CACHE, *self.caches))

    @property
    def release_environment(self) -> str:
        """What a release itself has for its environment; one of an earlier version has none."""
        return f"{Paths(self.app).current}/.changeover/environment"

    @property
    def own_cache(self) -> str:
        """Where libraries keep such things, by the XDG base directory specification."""
        return f"{Paths(self.app).app_caches}/{OWN_CACHE}"

    @property
    def assignments(self) -> tuple[str, ...]:
        """The further variables, quoted as ``Environment=`` wants them."""
        known = {key: self._located(value) for key, value in self.environment.items()} | self.where
        return tuple(_quoted(f"{key}={value}") for key, value in sorted(known.items()))


def _check_variable(key: str, value: str) -> None:
    if not _KEY.fullmatch(key):
        raise ValueError(f"environment {key!r}: expected the name of an environment variable")
    if value and not value.isprintable():
        # the value stays out of the message: it may be a secret after all
        raise ValueError(f"environment {key}: line breaks and control characters are not allowed")


def _check_specifiers(what: str, value: str) -> None:
    if "%" in value.replace("%%", ""):
        raise ValueError(f"{what} {value!r}: '%' is special to systemd, spell it '%%'")


def _quoted(assignment: str) -> str:
    escaped = assignment.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def render_service(unit: ServiceUnit) -> str:
    """Return the text of ``<name>.service``, the same for the same values."""
    walls = {"control": CONTROL, "shared_memory": SHARED_MEMORY}
    return render("processes/systemd/app.service.j2", unit=unit, programs=PROGRAMS, **walls)


def render_socket(unit: ServiceUnit) -> str:
    """Return the text of ``<name>.socket``."""
    if unit.listens != "fd":
        raise ValueError(f"unit {unit.name}: has no socket")
    return render("processes/systemd/app.socket.j2", unit=unit)
