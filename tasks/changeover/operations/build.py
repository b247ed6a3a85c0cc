"""
Built assets.

    build.assets(name="Build the front end", app=app)
"""

from pyinfra.api import operation

from changeover.operations.step import Commands, apply
from changeover.plans import build
from changeover.settings.app import App


@operation()
def assets(app: App) -> Commands:
    """
    Build the front end outside every release, and put the result into this one.

    One build per sources, packages, command and public values: nothing runs when they are
    known.
    """
    yield from apply(
        app,
        lambda v: build.decide(v.target, v.snapshot, v.public),
        lambda v: build.build_script(v.target, v.snapshot, v.public),
        lambda v: build.public_lines(v.target, v.public),
        undo=lambda v: build.undo(v.target, v.snapshot),
    )
