"""What is seen of a release that serves: its pages, its code and its log, whichever are asked."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..files import Failure
from .engine import Engine

Part = Callable[[], list[str]]


def failures(asked: Mapping[str, Any], unit: str) -> list[tuple[str, str]]:
    """
    Return all that is not as expected: each with the part that could not be looked at, or "".

    A part that fails keeps nobody from looking at the others. The log comes last, as a page that
    fails is logged; ``unit`` is whose journal is a part of it.
    """
    found = []
    if "pages" in asked:
        found += _part("pages", lambda: _pages(asked["pages"]))
    if "code" in asked:
        # after the pages, as some apps start processes for them
        found += _part("code", lambda: _code(asked["code"], Engine(**asked["engine"])))
    if "log" in asked:
        found += _part("log", lambda: _log(asked["log"], unit))
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


def _code(asked: Mapping[str, Any], engine: Engine) -> list[str]:
    from . import code

    found = engine.processes()
    if not found:
        return ["nothing of the app runs"]
    return code.failures(found, Path(asked["root"]), asked["release"])


def _log(asked: Mapping[str, Any], unit: str) -> list[str]:
    from . import log

    return log.failures(
        unit,
        Path(asked["marked"]),
        asked["after"],
        asked["pattern"],
        asked["allowed"],
        asked["files"],
        asked["user"],
    )
