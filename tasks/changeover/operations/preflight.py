"""
Everything that can be seen to be wrong, at once, before anything is touched.

    preflight.check(name="Look for problems", app=app)
"""

from pyinfra import host, state
from pyinfra.api import operation

from changeover.facts import run
from changeover.operations.homes import homes
from changeover.operations.look import is_only_told
from changeover.operations.step import Commands, refuse, stop, stop_at_problems
from changeover.plans import sharing
from changeover.settings.app import App


@operation()
def check(app: App) -> Commands:
    """Read only: find every problem that can be seen, and stop this host if there is one."""
    yield from stop_at_problems(app, lambda view: view.problems(), "no problem seen")


@operation()
def agree() -> Commands:
    """
    Stop every host if one of them did not pass: a release is for all of them or for none.

    Only here all hosts have been looked at, so here it is seen whether two name one database.
    """
    found = [one for one in sharing.shared(homes()) if _matters(one)]
    if problems := [one.problem for one in found if host.name in one.hosts]:
        yield from stop(*dict.fromkeys(problems))
        return
    failed = {other.name for other in state.failed_hosts} - run.this.stopped
    failed |= {name for one in found for name in one.hosts}
    if failed:
        run.this.stopped.add(host.name)
        yield refuse(f"stopped, nothing was changed: {', '.join(sorted(failed))} did not pass")
    else:
        host.noop("every host passed")


def _matters(shared: sharing.Shared) -> bool:
    """Tell whether something is to be done with the data, and not only to be told of ways back."""
    return not (is_only_told(shared.one.app) and is_only_told(shared.other.app))
