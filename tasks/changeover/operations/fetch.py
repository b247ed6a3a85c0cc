"""
The code of a release.

    fetch.release(name="Fetch the commit", app=app)
"""

from pyinfra.api import operation

from changeover.operations.step import Commands, apply
from changeover.plans import fetch
from changeover.settings.app import App


@operation()
def release(app: App) -> Commands:
    """
    Make the release's folder out of the pinned commit.

    The folder has its name only when it is whole and on disk, and links what the host has
    already. A release is found again by its commit.
    """
    yield from apply(
        app,
        lambda v: fetch.decide(v.target, v.snapshot),
        lambda v: fetch.fetch_script(v.target, v.snapshot, v.public),
        lambda v: v.target.values.login,
        undo=lambda v: fetch.undo_fetch(v.target),
    )


@operation()
def shared(app: App) -> Commands:
    """
    Link what outlives releases into the release.

    What the settings name under ``shared`` and the ``.env`` become symbolic links; folders that
    are missing in shared are made, files never.
    """
    yield from apply(
        app,
        lambda v: fetch.decide_links(v.target, v.snapshot),
        lambda v: fetch.link_script(v.target),
        undo=lambda v: fetch.undo_links(v.target, v.snapshot),
    )
