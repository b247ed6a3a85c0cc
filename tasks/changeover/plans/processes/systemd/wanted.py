"""The unit that a process of an app should have."""

from changeover.plans import command
from changeover.plans.databases.kind import Location
from changeover.plans.paths import BUILT_CACHES
from changeover.plans.processes.instances import Instance
from changeover.plans.processes.systemd import names
from changeover.plans.processes.systemd.unit import ServiceUnit
from changeover.plans.target import Target
from changeover.settings.processes import Web

# uvicorn and gunicorn believe whoever asks what is said of visitors: only nginx reaches them;
# the app's own environment file wins
_BELIEVED = {"FORWARDED_ALLOW_IPS": "*"}


def wanted(target: Target, database: Location, one: Instance) -> ServiceUnit:
    """Return it; it starts after its own host's database server."""
    app, paths, declared = target.app, target.paths, one.process
    caches = app.build.caches if app.build else ()
    web = declared if isinstance(declared, Web) else None
    what = "" if one.name == names.WEB else f"{one.name} of "
    by_node = command.is_by_node(target, declared)
    return ServiceUnit(
        app=app.name,
        name=names.stem(app.name, one.name),
        description=f"{what}{app.name}, released by Changeover",
        exec_start=command.line(target, declared),
        user=app.name,
        listens=web.listens if web else "",
        port=target.port or 0,
        notify=web.notify if web else False,
        # releases that an earlier version of Changeover made write beside what is there now
        writable=(paths.shared, *([paths.app_caches] if caches else [])),
        memory_max=declared.memory_max,
        tasks_max=declared.tasks_max,
        cpu_weight=declared.cpu_weight,
        # its compiler does not start without
        memory_write_execute=declared.memory_write_execute or by_node,
        hide_host=declared.hide_host,
        stop_signal=f"SIG{declared.stop_signal}",
        stop_seconds=declared.stop_seconds,
        caches=(BUILT_CACHES,) if caches else (),
        after=database.place.units,
        environment={**(_BELIEVED if web else {}), **declared.environment},
    )
