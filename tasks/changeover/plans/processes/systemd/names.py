"""
The names of an app's units, and of what they listen on.

What serves bears the app's own name, each other process its own behind that.
"""

from collections.abc import Iterable

WEB = "web"
"""The process whose units bear the name of the app alone."""
_WANTED_BY = {"service": "multi-user.target", "socket": "sockets.target"}


def service(app: str, process: str) -> str:
    """Return the name of a process's service unit."""
    return f"{stem(app, process)}.service"


def socket(app: str, process: str) -> str:
    """Return the name of its socket unit."""
    return f"{stem(app, process)}.socket"


def stem(app: str, process: str) -> str:
    """Return what both are called: by the app alone where the process is ``web``."""
    return app if process == WEB else f"{app}-{process}"  # an app has no "-" in its name


def units(app: str, processes: Iterable[str]) -> tuple[str, ...]:
    """Return every unit that processes may have."""
    return tuple(unit for one in processes for unit in (service(app, one), socket(app, one)))


def wanted_by(unit: str) -> str:
    """Return the target with which a unit starts."""
    return _WANTED_BY[unit.rpartition(".")[2]]


def is_service(unit: str) -> bool:
    """Tell whether a unit is a service."""
    return unit.endswith(".service")


def handed_socket(app: str, stem: str) -> str:
    """Return the socket that systemd hands over: in a folder that a restart leaves alone."""
    return f"/run/changeover/{app}/{stem}.sock"


def socket_folder(app: str) -> str:
    """Return the folder in which a process itself makes its socket."""
    return f"/run/changeover-sockets/{app}"


def own_socket(app: str, stem: str) -> str:
    """Return the socket that it makes there."""
    return f"{socket_folder(app)}/{stem}.sock"
