"""Process engines: one file each, behind the protocol of ``protocol.py``."""

from collections.abc import Callable, Iterable, Sequence
from pkgutil import iter_modules
from typing import Any, get_args

from changeover.plans.processes.protocol import Engine
from changeover.plans.processes.systemd import Systemd
from changeover.plans.script import Variable, assignments, body, compose, read
from changeover.plans.snapshot import Process, Snapshot
from changeover.plans.target import Target
from changeover.settings.app import App, Service

Make = Callable[[Any], Engine]

_ENGINES: dict[type[Service], Make] = {}


def register(declared: type[Service], make: Make) -> None:
    """
    Have an engine run what deploy files declare by this very type.

    For engines that are not in this package: one line in the module that declares the type.
    """
    if _ENGINES.setdefault(declared, make) is not make:
        raise TypeError(f"{declared.__name__} has a process engine already")


register(Service, Systemd)


def _forgotten(declared: object, files: Iterable[str]) -> list[str]:
    """Return the types of the setting, and the files of this folder, that have no line above."""
    types = [one for one in get_args(declared) or (declared,) if one is not type(None)]
    named = {make.__module__ for make in _ENGINES.values()} | {Engine.__module__}
    found = [getattr(one, "__name__", str(one)) for one in types if one not in _ENGINES]
    return found + [name for name in files if f"{__name__}.{name}" not in named]


_files = [module.name for module in iter_modules(__path__)]
if _missing := _forgotten(App.model_fields["service"].annotation, _files):
    raise TypeError(f"{', '.join(_missing)}: no process engine is registered for it in {__file__}")


def of(app: App) -> Engine:
    """Return the engine that runs an app's processes."""
    declared = type(app.service)
    if declared not in _ENGINES:
        raise LookupError(f"no process engine runs {declared.__name__}: register() one")
    return _ENGINES[declared](app.service)


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
