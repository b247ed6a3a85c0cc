"""Where the data of every app on every host of the inventory is, as far as this run knows."""

import socket
from collections.abc import Iterator
from functools import cache

import gevent
from pyinfra import state
from pyinfra.api.host import Host

from changeover.facts.environment import wanted_environment
from changeover.operations.look import seen
from changeover.operations.view import View
from changeover.plans import databases
from changeover.plans.sharing import DatabaseUse, database_address, is_local, spelt
from changeover.settings.app import App
from changeover.settings.load import SettingsError, load_values

_SECONDS = 3


def homes() -> list[DatabaseUse]:
    """
    Return them: of a host that was looked at, as it is there.

    Of another (``--limit``, or one that did not answer), as the controller's environment for it
    says, unless that was given for this run alone (``--data``).
    """
    views = seen()
    found = [_seen(state.inventory.get_host(name), view) for (name, _), view in views.items()]
    apps = {view.target.app.name: view.target.app for view in views.values()}
    for other in state.inventory:
        left_out = (app for name, app in apps.items() if (other.name, name) not in views)
        found += [_unseen(other, app) for app in left_out if app.name in other.groups]
    return [home for home in found if home]


def _seen(host: Host, view: View) -> DatabaseUse | None:
    snapshot, url = view.snapshot, view.database_url
    if view.target.app.database is None or not url or not (where := database_address(url)):
        return None
    known = snapshot.database_addresses if url == snapshot.database_url else ()
    own = {spelt(one) for one in (*snapshot.own_addresses, *_names(host)) if not is_local(one)}
    return DatabaseUse(
        host=host.name,
        app=view.target.app.name,
        key=databases.key(view.target),
        server=where,
        addresses=frozenset(map(spelt, known)) | resolved(where.name),
        own=frozenset(own),
    )


def _unseen(host: Host, app: App) -> DatabaseUse | None:
    given = state.inventory.get_override_data()
    if app.database is None or any(f"{app.name}_{key}" in given for key in _SOURCES):
        return None
    try:
        values = load_values(app.name, host.data.dict())
    except SettingsError:
        return None
    url = wanted_environment(app.name, values, host.groups).values.get(app.database.reached_by)
    if not url or not (where := database_address(url)):
        return None
    own = frozenset(spelt(one) for one in _names(host) if not is_local(one))
    return DatabaseUse(
        host=host.name,
        app=app.name,
        key=app.database.reached_by,
        server=where,
        addresses=resolved(where.name),
        own=own,
        told=False,
    )


_SOURCES = ("env_file", "env_command")


def _names(host: Host) -> Iterator[str]:
    """Yield by what the controller reaches a host."""
    yield str(host.data.get("ssh_hostname") or host.name)


@cache
def resolved(name: str) -> frozenset[str]:
    """Return the addresses of a name as the controller knows them, none where it does not."""
    if not name:
        return frozenset()
    with gevent.Timeout(_SECONDS, False):
        try:
            return frozenset(spelt(str(one[4][0])) for one in socket.getaddrinfo(name, None))
        except (OSError, UnicodeError):
            pass
    return frozenset()
