"""All holds of this run: one for each app of each host."""

from typing import Any

import gevent
from pyinfra.api.host import Host
from pyinfra.api.state import State

from changeover.facts import run
from changeover.operations.hold import Hold, Opening, open_hold


def of(host: Host, app: str) -> Hold | None:
    """Return the app's hold on a host if one is open."""
    found = run.this.holds.get((host.name, app))
    return found if found and not found.ended.is_set() else None


def lost(host: Host, app: str) -> bool:
    """Tell whether a changeover of this run has ended on a host without its commit."""
    found = run.this.holds.get((host.name, app))
    return found is not None and found.ended.is_set() and not found.committed


def begin(state: State, host: Host, opening: Opening, arguments: dict[str, Any]) -> bool:
    """Open one on a host, or see that it is to be looked at anew; False when it refuses."""
    found = open_hold(state, host, opening, arguments)
    if found and not found.again:
        run.this.holds[host.name, opening.app] = found
    return found is not None


def let_go(host: Host, why: str) -> None:
    """Let go of every hold on a host; the ledger says why."""
    for (name, _), hold in list(run.this.holds.items()):
        if name == host.name:
            hold.let_go(why)


def let_go_all(why: str) -> None:
    """Let go of every hold, all hosts at once."""
    gevent.joinall([gevent.spawn(hold.let_go, why) for hold in list(run.this.holds.values())])


def any_open() -> bool:
    """Tell whether something is open that an end of this process would undo."""
    return any(not hold.ended.is_set() for hold in run.this.holds.values())
