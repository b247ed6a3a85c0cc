"""
Process engines: one file each, behind the protocol of ``protocol.py``, and one line here.

An engine of your own needs no other place: its file declares a class that inherits ``Service``,
and says ``ENGINES.add(Mine, MineEngine)``.
"""

from collections.abc import Callable, Sequence
from typing import Any

from changeover.host.registry import Registry
from changeover.plans.processes.protocol import Engine
from changeover.plans.processes.systemd import Systemd
from changeover.plans.script import Variable, assignments, body, compose, read
from changeover.plans.snapshot import Process, Snapshot
from changeover.plans.target import Target
from changeover.settings.app import App, types_of
from changeover.settings.processes import Service

Make = Callable[[Any], Engine]

ENGINES: Registry[type[Service], Make] = Registry(
    "process engine",
    {
        Service: Systemd,
    },
)
ENGINES.require(__name__, __path__, "protocol", keys=types_of("service"))


def of(app: App) -> Engine:
    """Return the engine that runs an app's processes. Raises UnknownError for what nobody runs."""
    return ENGINES[type(app.service)](app.service)


def known(target: Target, snapshot: Snapshot) -> tuple[Process, ...]:
    """Return each process of the app as it is; of one that the host has not, nothing is known."""
    return tuple(snapshot.processes.get(name, Process()) for name in of(target.app).names)


def running(snapshot: Snapshot) -> str | None:
    """Return the release that runs: of one process, as long as an app has one."""
    return next((one.release for one in snapshot.processes.values() if one.release), None)


def engine_script(
    target: Target,
    snapshot: Snapshot | None,
    name: str,
    functions: Sequence[str] = (),
    /,
    **variables: Variable,
) -> str:
    """
    Return a script that has the shell functions of the app's engine beside those of files.

    ``snapshot`` is the host, where what runs there decides how it is started.
    """
    engine = of(target.app)
    own = engine.variables(target, snapshot)
    return compose(engine.shell, *map(body, functions), read(name), **own | variables)


def functions_text(target: Target) -> str:
    """Return shell that has the functions of the app's engine, for a program that calls one."""
    engine = of(target.app)
    return compose(engine.shell, **engine.variables(target, None))


def probe_text(target: Target) -> str:
    """Return shell that has ``tell_processes``, with all that it needs."""
    engine = of(target.app)
    return assignments(engine.probe_variables(target)) + read("plain") + engine.probe
