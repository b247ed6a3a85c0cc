"""What a person does about a release that is stuck, left over, or somebody else's."""

from pyinfra import host

from changeover.operations import undo
from changeover.run.phase import phase
from changeover.settings.app import App

AGAIN = "undo"
BREAK = "changeover_break"


@phase("Undo")
def act(app: App) -> None:
    """Tell what is open; with ``--data`` undo what was left, or break a release."""
    changeover = host.data.get(BREAK)
    if changeover:
        undo.break_release(name="Break the release", app=app, changeover=str(changeover))
    elif host.data.get(AGAIN):
        undo.retry(name="Undo what was left", app=app)
    else:
        undo.tell(name="Tell what is open", app=app)


def agree() -> None:
    """Stop if there was no such release to break on any host."""
    changeover = host.data.get(BREAK)
    if changeover:
        undo.require_open(name="See that it was open", changeover=str(changeover))
