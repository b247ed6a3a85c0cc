"""
The app's processes.

    service.quiesce(name="Stop the app", app=app)
"""

from pyinfra.api import operation

from changeover.operations.step import Commands, apply
from changeover.plans import service
from changeover.settings.app import App


@operation()
def quiesce(app: App) -> Commands:
    """
    Stop the app, so that nobody writes, if this release needs it.

    A file keeps the processes from starting, also across a reboot. Refuses while another process
    has the database open.
    """
    yield from apply(
        app,
        lambda v: service.decide_quiesce(v.target, v.snapshot),
        lambda v: service.quiesce_script(v.target, v.snapshot, v.database),
        undo=lambda v: service.undo_quiesce(v.target),
    )


@operation()
def install(app: App) -> Commands:
    """
    Install the app's processes, by the engine that the deploy file names.

    They start with the host, after PostgreSQL where the app's database is on the host's own
    server.
    """
    yield from apply(
        app,
        lambda v: service.decide_install(v.target, v.snapshot, v.database),
        lambda v: service.install_script(v.target, v.snapshot, v.database),
        undo=lambda v: service.undo_install(v.target, v.snapshot),
    )


@operation()
def restart(app: App) -> Commands:
    """
    Restart the app, only if what runs is not what should run.

    What runs is a fact of the host: release, environment and files with which it was started. So
    an interrupted restart heals.
    """
    yield from apply(
        app,
        lambda v: v.restart,
        lambda v: service.restart_script(v.target, v.snapshot),
        undo=lambda v: service.undo_restart(v.target),
    )
