"""
Process engines: one file each, behind the protocol of ``protocol.py``, and one line here.

An engine of your own needs no other place: its file declares a class that inherits
``ProcessEngine``, and says ``ENGINES.add(Mine, MineEngine)``.
"""

from collections.abc import Callable, Sequence

from changeover.host.registry import Registry
from changeover.plans.processes.instances import Instance, instances
from changeover.plans.processes.protocol import Engine
from changeover.plans.processes.systemd import SystemdEngine
from changeover.plans.script import Variable, assignments, body, compose, read
from changeover.plans.snapshot import Process, Snapshot
from changeover.plans.target import Target
from changeover.settings.app import App
from changeover.settings.processes import ProcessEngine, Systemd

Make = Callable[[App], Engine]

ENGINES: Registry[type[ProcessEngine], Make] = Registry(
    "process engine",
    {
        Systemd: SystemdEngine,
    },
)
ENGINES.require(__name__, __path__, "instances", "protocol", keys=ProcessEngine.kinds())


def of(app: App) -> Engine:
    """Return the engine that runs an app's processes. Raises UnknownError for what nobody runs."""
    return ENGINES[type(app.process_engine)](app)


def known(target: Target, snapshot: Snapshot) -> tuple[tuple[Instance, Process], ...]:
    """Return each process as it is wanted and as it is; of one that is not there, nothing."""
    there = snapshot.processes
    return tuple((one, there.get(one.name, Process())) for one in instances(target.app))


def running(target: Target, snapshot: Snapshot) -> str | None:
    """Return the release in which what serves runs, None where nobody can tell."""
    return snapshot.processes.get(target.app.web.name, Process()).release


def engine_script(
    target: Target,
    snapshot: Snapshot | None,
    name: str,
    functions: Sequence[str] = (),
    back: bool = False,
    /,
    **variables: Variable,
) -> str:
    """
    Return a script that has the shell functions of the app's engine beside those of files.

    ``snapshot`` is the host, where what runs there decides how it is started. ``back``: the script
    is of an undo, which starts what ran before.
    """
    engine = of(target.app)
    own = engine.variables(target, snapshot, back=back)
    return compose(engine.shell, *map(body, functions), read(name), **own | variables)


def functions_text(target: Target) -> str:
    """Return shell that has the functions of the app's engine, for a program that calls one."""
    engine = of(target.app)
    return compose(engine.shell, **engine.variables(target, None))


def probe_text(target: Target) -> str:
    """Return shell that has ``tell_processes``, with all that it needs."""
    engine = of(target.app)
    return assignments(engine.probe_variables(target)) + read("plain") + engine.probe
