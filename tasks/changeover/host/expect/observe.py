"""What is seen of a release that serves: pages, processes, code and log, whichever are asked."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..files import Failure
from .engine import Engine

Part = Callable[[], list[str]]
UP = "up"


def failures(asked: Mapping[str, Any]) -> list[tuple[str, str]]:
    """
    Return all that is not as expected: each with the part that could not be looked at, or "".

    A part that fails keeps nobody from looking at the others. The log comes last, as a page that
    fails is logged.
    """
    found = []
    if "pages" in asked:
        found += _part("pages", lambda: _pages(asked["pages"]))
    if "running" in asked:
        found += _part("running", lambda: _running(asked["running"], Engine(**asked["engine"])))
    if "code" in asked:
        # after the pages, as some apps start processes for them
        found += _part("code", lambda: _code(asked["code"], Engine(**asked["engine"])))
    if "log" in asked:
        found += _part("log", lambda: _log(asked["log"]))
    return found


def _part(name: str, look: Part) -> list[tuple[str, str]]:
    try:
        return [("", line) for line in look()]
    except (Failure, OSError, ValueError, KeyError) as error:
        return [(name, str(error) or repr(error))]


def _pages(asked: Mapping[str, Any]) -> list[str]:
    from ..visitor.site import Site, cookie, published
    from . import pages

    site, closed = Site(**asked["site"]), (asked["maintenance"], asked["bypass"], asked["app"])
    # past nginx, no page is closed
    past = "" if published(site) is None else cookie(*closed)
    return pages.failures(site, past, asked["pages"])


def _running(asked: Mapping[str, Any], engine: Engine) -> list[str]:
    """Return which processes do not run, or do not stay up while they are looked at."""
    before = engine.states()
    time.sleep(asked["seconds"])
    now = engine.states() if asked["seconds"] else before
    found = [f"{name} does not run" for name, (state, _) in now.items() if state != UP]
    found += [
        f"{name} ends again and again, and {engine.title} starts it anew"
        for name, (state, count) in now.items()
        if state == UP and before.get(name, (UP, count))[1] != count
    ]
    return ["\n".join([*found, engine.text("last_lines").rstrip()])] if found else []


def _code(asked: Mapping[str, Any], engine: Engine) -> list[str]:
    from . import code

    found = engine.processes()
    if not found:
        return ["nothing of the app runs"]
    return code.failures(found, Path(asked["root"]), asked["release"])


def _log(asked: Mapping[str, Any]) -> list[str]:
    from . import log

    where = Path(asked["marked"])
    found = []
    for one in asked["logs"]:
        rules = log.Rules(one["pattern"], one["allowed"])
        place = log.Place(one["journals"], one["files"], asked["user"])
        found += log.failures(place, where, asked["after"], rules)
    return found
