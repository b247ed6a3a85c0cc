"""
A rollback that a person asked for.

    rollback.explain(name="Look for the ways back", app=app)
"""

from pyinfra import host, logger, state
from pyinfra.api import operation

from changeover.facts import run
from changeover.facts.losses import RestoreLosses
from changeover.operations.look import UnseenError, look, rollback_request
from changeover.operations.step import Commands, apply, refuse, stop, stop_at_problems
from changeover.operations.view import View
from changeover.plans import migrate, rollback, rollback_methods
from changeover.plans.rollback import Losses, RollbackRequest
from changeover.plans.rollback_methods.method import DOWNGRADE, RESTORE
from changeover.settings.app import App

# to which release each host goes, by app


@operation()
def explain(app: App) -> Commands:
    """
    Say which ways back there are and what each one loses, and stop where the wanted one is not.

    Changes nothing. ``restore`` needs the word: how many rows may go.
    """
    request = rollback_request(app) or RollbackRequest()
    try:
        view = look(app)
    except UnseenError as unseen:
        if request.method:
            yield from stop(*unseen.problems)
        else:
            host.noop("; ".join(unseen.problems))
        return
    assert view.target.rollback is not None
    release = view.target.rollback.release
    found = {way.name: way for way in rollback_methods.methods(app, view.snapshot, release)}
    losses = _count(view, found[RESTORE].manifest) if found[RESTORE].manifest else None
    for line in rollback.told(app, view.snapshot, release, losses):
        host.log(line, logger.info)
    run.this.aims.setdefault(app.name, {})[host.name] = release.name
    settled = "the way is open"
    if view.target.rollback.method.settled:
        settled = rollback.why_settled(view.snapshot, view.target.rollback)
    yield from stop_at_problems(app, lambda v: _problems(v, request, losses), settled)


@operation()
def agree(app: App) -> Commands:
    """Stop where hosts would go back to different releases."""
    problems = rollback.disagreement(app.name, run.this.aims.get(app.name, {}))
    if problems and (rollback_request(app) or RollbackRequest()).method:
        yield from stop(*problems)
    else:
        host.noop("; ".join(problems) or "one release for all hosts")


@operation()
def count(app: App) -> Commands:
    """Count once more what a restore loses, now that nobody writes, and stop if it is more."""
    view = look(app)
    if not rollback.decide_data(view.target, view.snapshot, RESTORE).needed:
        host.noop("nothing goes")
        return
    assert view.target.rollback is not None
    losses = _count(view, view.target.rollback.method.manifest)
    run.this.notes[host.name, app.name] = {"lost_rows": losses.rows}
    problems = rollback.refusal(rollback_request(app) or RollbackRequest(), losses)
    if problems and state.is_executing:
        yield refuse(*problems)
    else:
        host.noop(f"{losses.told()} go")


@operation()
def downgrade(app: App) -> Commands:
    """
    Take migrations back, one named step at a time, newest first.

    The code of the release that knows them does it. After each step the database must say the
    step's revision.
    """
    yield from apply(
        app,
        lambda v: rollback.decide_data(v.target, v.snapshot, DOWNGRADE),
        lambda v: rollback.downgrade_script(v.target, v.database, v.way_back),
        undo=lambda v: rollback.undo(v.target, v.snapshot, v.database, v.way_back),
        forbid=lambda v: migrate.refusal(v.target, v.snapshot, v.way_back),
    )


@operation()
def restore(app: App) -> Commands:
    """
    Put the restore point in the place of the database.

    It is restored beside, verified, and swapped by rename; what it replaces is kept.
    """
    yield from apply(
        app,
        lambda v: rollback.decide_data(v.target, v.snapshot, RESTORE),
        lambda v: rollback.restore_script(v.target, v.database, v.way_back),
        undo=lambda v: rollback.undo(v.target, v.snapshot, v.database, v.way_back),
        forbid=lambda v: migrate.refusal(v.target, v.snapshot, v.way_back),
    )


def _problems(view: View, request: RollbackRequest, losses: Losses | None) -> list[str]:
    if not request.method:
        return []  # to be told is possible always
    return view.problems() + rollback.problems(view.target, view.snapshot, request, losses)


def _count(view: View, manifest: str) -> Losses:
    found: Losses = host.get_fact(
        RestoreLosses, script=rollback.losses_script(view.target, view.database, manifest)
    )
    return found
