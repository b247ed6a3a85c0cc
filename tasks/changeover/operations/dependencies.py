"""
Python environments and node_modules.

    dependencies.python(name="Install Python packages", app=app)
"""

from pyinfra.api import operation

from changeover.operations.step import Commands, apply
from changeover.plans import dependencies
from changeover.settings.app import App


@operation()
def python(app: App) -> Commands:
    """
    Make the Python environment of the release's lock file, and link it.

    One environment per lock, shared by releases: nothing runs when the lock is known.
    """
    yield from apply(
        app,
        lambda v: dependencies.decide_python(v.target, v.snapshot),
        lambda v: dependencies.python_script(v.target),
        undo=lambda v: dependencies.undo_python(v.target, v.snapshot),
    )


@operation()
def node(app: App) -> Commands:
    """
    Install the node_modules of the release's lock file, and link them.

    One set per lock, shared by releases: nothing runs when the lock is known.
    """
    yield from apply(
        app,
        lambda v: dependencies.decide_node(v.target, v.snapshot),
        lambda v: dependencies.node_script(v.target),
        undo=lambda v: dependencies.undo_node(v.target, v.snapshot),
    )
