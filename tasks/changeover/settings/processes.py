"""An app's processes, and a class for each engine that runs them, which `plans/processes` has."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from changeover.settings.base import Engines, EnvironmentKey, Memory, Strict
from changeover.settings.expect import Command, Errors

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 20


def _name(value: str) -> str:
    if not _NAME.fullmatch(value) or len(value) > _LONGEST:
        raise ValueError(f"expected a-z, 0-9 and - between them, {_LONGEST} letters at most")
    return value


def _named(command: str | None, fields: dict[str, Any]) -> dict[str, Any]:
    return fields if command is None else {"command": command} | fields


ProcessName = Annotated[str, AfterValidator(_name)]


class Process(Strict):
    """What the processes of an app have in common; each is a ``Web`` or a ``Worker``."""

    command: Command
    """What runs. A first word without a path is taken from the Python environment, ``node`` from
    the app's version of Node. For anything else give a full path."""
    name: ProcessName
    """What status, log and messages call it. Two processes of an app have two names."""
    environment: dict[EnvironmentKey, str] = Field(default={})
    """Further variables of this process alone, not secret. The app's ``.env`` wins."""
    stop_signal: Literal["TERM", "INT", "QUIT", "HUP", "USR1", "USR2", "WINCH"] = "TERM"
    """The signal that asks it to end what it works on, and then itself."""
    stop_seconds: int = Field(default=20, ge=1, le=600)
    """How long it may take for that. Then it is killed."""
    memory_max: Memory | None = None
    """Memory limit in systemd's form, such as ``"512M"``."""
    tasks_max: int = Field(default=512, ge=8)
    """Most processes and threads at one time."""
    cpu_weight: int = Field(default=100, ge=1, le=10000)
    """Share of the processor, if others want it too. The others have 100."""
    memory_write_execute: bool = False
    """True if the runtime needs memory that is writable and executable (Node's compiler)."""
    hide_host: bool = False
    """True hides the host's processors, memory, load and network interfaces, which libraries ask
    for (psutil, ``os.cpus()``)."""
    errors: Errors = Errors()
    """Which lines of its log make a release fail."""


class Web(Process):
    """The process that serves the app's site: ``Web("gunicorn shop:app")``."""

    # in each class: a type checker makes one of the fields where a class has none
    def __init__(self, command: str | None = None, /, **fields: Any) -> None:
        """Take the command without its name, too."""
        super().__init__(**_named(command, fields))

    name: ProcessName = "web"
    """What status, log and messages call it."""
    listens: Literal["port", "socket", "fd"] = "port"
    """Where nginx reaches it. ``port``: a TCP port of this app alone, in ``$PORT``, on 127.0.0.1.
    ``socket``: a Unix socket that it makes, at the path in ``$SOCKET``. ``fd``: it is handed an
    open socket as file descriptor 3, in which requests wait while it restarts. ``$PORT`` and
    ``$SOCKET`` may also stand in ``command``."""
    notify: bool = False
    """True if it tells systemd when it is ready. A restart waits for that."""


class Worker(Process):
    """A process beside the one that serves, such as a queue's: ``Worker("rq worker shop")``."""

    def __init__(self, command: str | None = None, /, **fields: Any) -> None:
        """Take the command without its name, too."""
        super().__init__(**_named(command, fields))

    name: ProcessName = "worker"
    """What status, log and messages call it."""
    instances: int = Field(default=1, ge=1, le=64)
    """How many of it run on each host."""


class Service(Web):
    """What ``Web(listens="fd")`` is called in deploy files of earlier versions."""

    listens: Literal["port", "socket", "fd"] = "fd"
    """As of ``Web``."""


class ProcessEngine(Engines):
    """What runs the processes."""


class Systemd(ProcessEngine):
    """systemd: each process is a unit of its own."""
