"""The app's processes: what they should be, and when they have to be stopped and started."""

from collections.abc import Mapping

from changeover.plans import command, databases, pending, processes
from changeover.plans.databases.kind import Location
from changeover.plans.decision import Decision, done, todo
from changeover.plans.digest import sha
from changeover.plans.observe import logs
from changeover.plans.processes import engine_script
from changeover.plans.processes.instances import Instance
from changeover.plans.snapshot import Process, Snapshot
from changeover.plans.target import Target
from changeover.plans.undo import Undo


def decide_install(target: Target, snapshot: Snapshot, database: Location) -> Decision:
    """Decide whether the processes have to be installed, or their engine told of them."""
    engine, found = processes.of(target.app), processes.known(target, snapshot)
    wanted = {path: sha(text) for path, text in engine.files(target, database).items()}
    wrong = [path for path, sum_ in wanted.items() if snapshot.files.get(path) != sum_]
    if wrong:
        return todo(f"missing or different: {' '.join(wrong)}")
    if strays := engine.strays(target, snapshot):
        return todo(f"not wanted any more: {' '.join(strays)}")
    if any(process.stale for _, process in found):
        return todo(f"{engine.title} has not read its files since they changed")
    if not all(process.enabled for _, process in found):
        return todo("not enabled at boot")
    return done("the processes are installed, and enabled at boot")


def install_script(target: Target, snapshot: Snapshot, database: Location) -> str:
    """Return the script that installs the processes."""
    return processes.of(target.app).install_script(target, snapshot, database)


def decide_quiesce(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether the app has to be stopped for this release."""
    if not pending.closes(target, snapshot):
        return done("this release needs no stop")
    # one of which nothing was said is not stopped
    found = [*snapshot.processes.values(), *(one for _, one in processes.known(target, snapshot))]
    if snapshot.quiesced and all(process.stopped for process in found):
        return done("the app is stopped")
    return todo(pending.why_closed(target))


def quiesce_script(target: Target, snapshot: Snapshot, database: Location) -> str:
    """Return the script that stops the app and keeps it from starting."""
    return engine_script(
        target,
        snapshot,
        "service/quiesce",
        databases.functions(database),
        **databases.variables(target, database),
        app=target.app.name,
        label=processes.of(target.app).label(target),
        quiesced=target.paths.quiesced,
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
    if snapshot.quiesced or pending.closes(target, snapshot):
        return todo("the app is stopped for this release")
    environment = snapshot.files.get(target.paths.env_file, "none")
    for one, process in processes.known(target, snapshot):
        if why := _not_as_wanted(target, one, process):
            return todo(why)
        if environment_changes or process.started.get("environment") != environment:
            return todo("it runs with another environment")
    if why := processes.of(target.app).restart_reason(target, snapshot, database):
        return todo(why)
    for one, process in processes.known(target, snapshot):
        if other := _other_packages(target, one, process.started, build):
            return todo(f"it runs with {other}")
    return done(f"{target.release} runs")


def _not_as_wanted(target: Target, one: Instance, process: Process) -> str:
    """Return why a process is not one of the release, as it was put in force; "" where it is."""
    if not process.active:
        return "the app does not run" if one.serves else f"{one.name} does not run"
    if process.older:
        return "it runs since before this release was put in force"
    started = process.started.get("release")
    if started != target.release or process.release != target.release:
        return f"{started or 'an unknown release'} runs; {target.release} is wanted"
    return ""


def _other_packages(
    target: Target, one: Instance, started: Mapping[str, str], build: str | None
) -> str:
    """Return what made on the host is not what the app was started with, "" where all is."""
    if target.python_key and started.get("python") != target.python_key:
        return "another Python environment"
    by_node = command.is_by_node(target, one.process)
    if by_node and target.node_key and started.get("node") != target.node_key:
        return "other Node packages"
    # a server may be built; what an earlier version started, or linked to, is not known
    if by_node and build and started.get("build", "none") not in ("none", build):
        return "another build"
    return ""


def restart_script(target: Target, snapshot: Snapshot) -> str:
    """Return the script that lets the app start again and starts it anew."""
    found = logs(target)
    return engine_script(
        target,
        snapshot,
        "service/restart",
        owner=target.app.name,
        quiesced=target.paths.quiesced,
        marked=target.paths.restarted,
        journals=[f"--journal={name}" for one in found for name in one["journals"]],
        logs=[file for one in found for file in one["files"]],
    )


def undo_quiesce(target: Target) -> Undo:
    """Return what lets the app start again; starting it is the end of every undo."""
    return Undo("service.quiesce", save=(target.paths.quiesced,))


def undo_install(target: Target, snapshot: Snapshot) -> Undo:
    """Return what puts the earlier files back, and ends what the host had not before."""
    engine = processes.of(target.app)
    files = dict.fromkeys([*engine.places(target), *engine.strays(target, snapshot)])
    return Undo(
        "service.install",
        save=(*files, *engine.links(target, snapshot)),
        script=engine.withdraw_script(target, snapshot),
    )


def undo_restart(target: Target) -> Undo:
    """Return the note that the app was restarted; starting it anew is the end of every undo."""
    return Undo("service.restart", save=(target.paths.quiesced,))
