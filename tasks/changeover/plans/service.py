"""The app's systemd units: what they should be, and when the app has to be (re)started."""

import hashlib
from collections.abc import Mapping

from changeover.plans import command, databases, migration
from changeover.plans.databases.kind import Location
from changeover.plans.decision import Decision, done, todo
from changeover.plans.observe import log_files, marked
from changeover.plans.paths import BUILT_CACHES, PROGRAMS
from changeover.plans.script import script
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target
from changeover.plans.undo import Undo
from changeover.plans.unit import ServiceUnit, render_service, render_socket

# uvicorn and gunicorn believe whoever asks what is said of visitors: only nginx reaches the socket;
# the app's own environment file wins
_BELIEVED = {"FORWARDED_ALLOW_IPS": "*"}


def unit(target: Target, database: Location) -> ServiceUnit:
    """Return the unit that the app should have; it starts after its own host's database server."""
    app, paths = target.app, target.paths
    program, _, arguments = app.service.command.partition(" ")
    is_node, caches = _is_node(target), app.build.caches if app.build else ()
    if is_node:
        program = command.node(target)
    elif not program.startswith("/"):
        program = f"{paths.current}/.venv/bin/{program}"
    return ServiceUnit(
        app=app.name,
        name=app.name,
        description=f"{app.name}, released by Changeover",
        exec_start=f"{program} {arguments}".strip(),
        user=app.name,
        # releases that an earlier version of Changeover made write beside what is there now
        writable=(paths.shared, *([paths.app_caches] if caches else [])),
        memory_max=app.service.memory_max,
        tasks_max=app.service.tasks_max,
        cpu_weight=app.service.cpu_weight,
        # its compiler does not start without
        memory_write_execute=app.service.memory_write_execute or is_node,
        hide_host=app.service.hide_host,
        caches=(BUILT_CACHES,) if caches else (),
        after=database.place.units,
        environment=_BELIEVED,
    )


def _is_node(target: Target) -> bool:
    app = target.app
    return app.node is not None and app.service.command.partition(" ")[0] == "node"


def texts(target: Target, database: Location) -> dict[str, str]:
    """Return the text of each unit file by its path."""
    wanted, paths = unit(target, database), target.paths
    return {
        f"/etc/systemd/system/{paths.unit}": render_service(wanted),
        f"/etc/systemd/system/{paths.socket_unit}": render_socket(wanted),
    }


def decide_unit(target: Target, snapshot: Snapshot, database: Location) -> Decision:
    """Decide whether unit files have to be written, read again or enabled."""
    wished = {path: sha(text) for path, text in texts(target, database).items()}
    wrong = [path for path, sum_ in wished.items() if snapshot.files.get(path) != sum_]
    if wrong:
        return todo(f"missing or different: {' '.join(wrong)}")
    if snapshot.service.stale or snapshot.socket.stale:
        return todo("systemd has not read the unit files since they changed")
    if not (snapshot.service.enabled and snapshot.socket.enabled):
        return todo("not enabled at boot")
    return done("the units are installed and enabled")


def unit_script(target: Target, database: Location) -> str:
    """Return the script that installs and enables the units."""
    paths, files = target.paths, texts(target, database)
    service_text, socket_text = (text.removesuffix("\n") for text in files.values())
    return script(
        "service/unit",
        unit=paths.unit,
        socket_unit=paths.socket_unit,
        service_text=service_text,
        socket_text=socket_text,
    )


def decide_quiesce(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether the app has to be stopped for this release."""
    if not migration.closes(target, snapshot):
        return done("this release needs no stop")
    units = (snapshot.service, snapshot.socket)
    if snapshot.quiesced and all(unit.settled and not unit.active for unit in units):
        return done("the app is stopped")
    return todo(migration.why_closed(target))


def quiesce_script(target: Target, database: Location) -> str:
    """Return the script that stops the app and keeps it from starting."""
    paths = target.paths
    return script(
        "service/quiesce",
        functions=databases.functions(database),
        **databases.variables(target, database) | {"unit": paths.unit},
        app=target.app.name,
        socket_unit=paths.socket_unit,
        quiesced=paths.quiesced,
    )


def decide_restart(
    target: Target,
    snapshot: Snapshot,
    database: Location,
    *,
    environment_changes: bool,
    build: str | None = None,
) -> Decision:
    """
    Decide whether the app has to be started: what runs is not what should run.

    ``build`` is the name of the build that its release should show.
    """
    if snapshot.quiesced or migration.closes(target, snapshot):
        return todo("the app is stopped for this release")
    if not (snapshot.service.active and snapshot.socket.active):
        return todo("the app does not run")
    if snapshot.older:
        return todo("it runs since before this release was put in force")
    started = snapshot.started
    if started.get("release") != target.release or snapshot.running != target.release:
        return todo(f"{started.get('release', 'an unknown release')} runs")
    environment = snapshot.files.get(target.paths.env_file, "none")
    if environment_changes or started.get("environment") != environment:
        return todo("it runs with another environment")
    if not _socket_is_current(target, snapshot):
        return todo("it listens with another socket unit")
    if started.get("unit") != sha(render_service(unit(target, database))):
        return todo("it runs with another unit file")
    if other := _other_packages(target, started, build):
        return todo(f"it runs with {other}")
    return done(f"{target.release} runs")


def _other_packages(target: Target, started: Mapping[str, str], build: str | None) -> str:
    """Return what made on the host is not what the app was started with, "" where all is."""
    if target.python_key and started.get("python") != target.python_key:
        return "another Python environment"
    if _is_node(target) and target.node_key and started.get("node") != target.node_key:
        return "other Node packages"
    # a server may be built; what an earlier version started, or linked to, is not known
    if _is_node(target) and build and started.get("build", "none") not in ("none", build):
        return "another build"
    return ""


def restart_script(target: Target, snapshot: Snapshot) -> str:
    """
    Return the script that lets the app start again and restarts it.

    The socket, in which requests wait meanwhile, is restarted only if its own unit changed.
    """
    paths = target.paths
    return script(
        "service/restart",
        functions="service/log",
        owner=target.app.name,
        unit=paths.unit,
        socket_unit=paths.socket_unit,
        quiesced=paths.quiesced,
        socket_job="start" if _socket_is_current(target, snapshot) else "restart",
        programs=PROGRAMS,
        marked=marked(target),
        logs=log_files(target),
    )


def _socket_is_current(target: Target, snapshot: Snapshot) -> bool:
    # it is the same for every database
    wished = sha(render_socket(unit(target, databases.NOWHERE)))
    return snapshot.started.get("socket", wished) == wished


def sha(text: str) -> str:
    """Return the SHA-256 of a text as the host's sha256sum prints it."""
    return hashlib.sha256(text.encode()).hexdigest()


def undo_quiesce(target: Target) -> Undo:
    """Return what lets the app start again; starting it is the end of every undo."""
    return Undo("service.quiesce", save=(target.paths.quiesced,))


def undo_unit(target: Target, snapshot: Snapshot) -> Undo:
    """Return what puts the earlier units back, or stops and removes them if there were none."""
    unit_file = f"/etc/systemd/system/{target.paths.unit}"
    wants = {"multi-user": target.paths.unit, "sockets": target.paths.socket_unit}
    links = (f"/etc/systemd/system/{at}.target.wants/{name}" for at, name in wants.items())
    text = script(
        "undo/unit",
        programs=PROGRAMS,
        was_there="yes" if unit_file in snapshot.files else "",
        unit=target.paths.unit,
        socket_unit=target.paths.socket_unit,
    )
    files = texts(target, databases.NOWHERE)  # their paths alone
    return Undo("service.unit", save=(*files, *links), script=text)


def undo_restart(target: Target) -> Undo:
    """Return the note that the app was restarted; starting it anew is the end of every undo."""
    return Undo("service.restart", save=(target.paths.quiesced,))
