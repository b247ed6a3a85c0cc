"""An app's processes: a class for each engine that runs them, which `plans/processes` has."""

from pydantic import Field

from changeover.settings.base import Strict
from changeover.settings.expect import Errors


class Service(Strict):
    """The process that serves the app, as a socket-activated systemd unit."""

    command: str
    """What runs. A first word without a path is taken from the Python environment, ``node`` from
    the app's version of Node. For anything else give a full path."""
    memory_max: str | None = None
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
