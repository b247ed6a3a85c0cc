"""A look at an app: all parts, of which those that take their time are asked at once."""

from typing import Any

from . import (
    backups,
    database,
    environment,
    health,
    journal,
    processes,
    releases,
    room,
    site,
    status,
    sums,
    system,
)
from .aside import Aside
from .asked import Asked
from .parts import failed, part, several

Answer = dict[str, Any]


def answer(asked: Asked, *, more: bool) -> Answer:
    """Return every part; with ``more`` also what only a person wants to know."""
    # first, and only while nobody works on the app
    told = part("stamp", lambda: journal.stamp(asked.lock))
    seen = environment.look(asked)
    # before any command, which has a thread
    aside = {
        "data": Aside(lambda: several("data", lambda: _data(asked, seen))),
        "service": Aside(lambda: several("service", lambda: _service(asked))),
    }
    packages, addresses = system.installing(asked), system.addressing()
    links = releases.linking(asked)
    begun = status.begin(asked) if more else None
    told |= part("environment", lambda: environment.read(asked, seen))
    told |= part("users", lambda: system.users(asked))
    told |= part("files", lambda: sums.read(asked))
    told |= part("folders", lambda: system.owners(asked))
    told |= part("foreign", lambda: system.foreign(asked))
    told |= part("tools", lambda: system.tools(asked))
    told |= part("environments", lambda: releases.complete(asked))
    told |= part("sizes", lambda: room.sizes(asked))
    told |= part("leftovers", lambda: room.leftovers(asked))
    told |= part("code", lambda: releases.read(asked, links))
    told |= part("packages", lambda: system.installed(packages))
    told |= part("host", lambda: system.host(addresses) | journal.under_way(asked.state))
    if begun:
        told |= part("status", lambda: status.read(begun))
    for name, one in aside.items():
        try:
            told |= one.told()
        except (OSError, ValueError) as error:
            told[name] = failed(error)
    return told


def _data(asked: Asked, seen: environment.Seen) -> Answer:
    url = environment.url(seen.counts, asked.database_key)
    return {
        **part("database", lambda: database.read(asked, url, seen.source)),
        **part("backups", lambda: backups.read(asked)),
        **part("changeover", lambda: journal.read(asked)),
    }


def _service(asked: Asked) -> Answer:
    asked = _located(asked)
    through_site, test = health.site(asked), site.testing()
    nginx, telling = site.running(), processes.telling(asked)
    told = processes.lines(telling)
    app = health.app(asked, active=processes.is_active(told, asked.serving))
    return {
        **part("processes", lambda: processes.read(asked, told)),
        **part("site", lambda: site.read(asked, nginx, test)),
        **part("health", lambda: _answers(app, through_site)),
    }


def _located(asked: Asked) -> Asked:
    """Return what is asked, with the port where the app has one."""
    address, _, port = asked.socket.rpartition(":")
    found = processes.port(asked) if address and port == "0" else 0
    return asked._replace(socket=f"{address}:{found}") if found else asked


def _answers(app: health.Question | None, through_site: health.Question) -> Answer:
    return {"app": app.told() if app else None, "site": through_site.told()}
