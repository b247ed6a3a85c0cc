"""Whether an app is well: it and its site are asked until they are, or until their time ends."""

import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .. import health
from ..visitor.answer import NotWhole, TooLarge, get
from ..visitor.request import Request
from ..visitor.site import Site, cookie, past_nginx, published, through_nginx
from .engine import Engine

APP, SITE, BOTH = "app", "site", "both"
"""Who is asked: the app, its site, or the app and then its site, where one is published."""
_SECONDS = 5.0
_BYTES = 1 << 20
_PAUSE_SECONDS = 0.2
_NOBODY = "nobody answers (status 000)"
_ENDLESS = "its answer does not end"


class Asked(NamedTuple):
    """What an app has to say, and how long it may take."""

    app: str
    site: Site
    path: str
    expected: Mapping[str, str | None]
    seconds: int
    maintenance: str
    """The flag that closes the site."""
    bypass: str
    """The file with what leads past a closed page."""
    engine: Engine
    since: float | None = None
    """When the app was started, where that is not noted on the host."""


class _Who(NamedTuple):
    name: str
    request: Request


def asked(told: Mapping[str, Any], since: float | None) -> Asked:
    """Return what is asked, of JSON."""
    parts = {"site": Site(**told["site"]), "engine": Engine(**told["engine"])}
    return Asked(**{**told, **parts}, since=since)


def is_well(who: str, asked: Asked) -> bool:
    """
    Ask one after the other, until the first that does not become well; that is told.

    So is, at once, that the app ended while it was waited for.
    """
    return all(_becomes_well(one, asked) for one in _asked_of(who, asked))


def _asked_of(who: str, asked: Asked) -> Iterator[_Who]:
    site, path = asked.site, asked.path
    if who != SITE:
        yield _Who(asked.app, past_nginx(site, path))
    if who == SITE or (who == BOTH and published(site) is not None):
        past = cookie(asked.maintenance, asked.bypass, asked.app)
        name = f"{site.domain} with the bypass" if past else site.domain
        yield _Who(name, through_nginx(site, path, past))


def _becomes_well(who: _Who, asked: Asked) -> bool:
    # from here on: whatever was done before has had its own time
    ends = time.monotonic() + asked.seconds
    # an app may keep who asks it waiting until it ends; nginx answers
    watched = _Restarts(asked.engine, at_once=bool(who.request.socket))
    try:
        while wrong := _wrong(who.request, asked.expected):
            if time.monotonic() >= ends:
                break
            if watched.happened():
                # who waits is told why at once: it may come up yet, as when its database does
                _say(
                    f"{asked.engine.label} has ended, and {asked.engine.title} starts it again;"
                    f" {who.name} is asked for up to {asked.seconds} s all the same"
                )
                _say_last_lines(asked)
            time.sleep(_PAUSE_SECONDS)
    finally:
        watched.stop()
    if wrong:
        _say(f"{who.name} is not healthy after {asked.seconds} s: {wrong}")
        _say_what_it_means(wrong, who, asked)
        _say_last_lines(asked)
    return not wrong


def _wrong(request: Request, expected: Mapping[str, str | None]) -> str:
    """Return what is wrong with one answer, "" where nothing is."""
    try:
        answer = get(request, _SECONDS, _BYTES)
    except TooLarge:
        return f"an answer of over {_BYTES >> 20} MiB"
    except NotWhole:
        return _ENDLESS
    except OSError as error:
        # why an app's own socket is silent, its engine explains
        return _NOBODY if request.socket else f"{_NOBODY}: {error}"
    found = health.said(answer.body)
    return ", ".join(health.problems(answer.status, found, expected))


class _Restarts:
    """How often the engine has started what ended; that it did is told once."""

    def __init__(self, engine: Engine, *, at_once: bool) -> None:
        self._engine = engine
        # nobody waits for it where the first answer is well
        self._first = engine.begin("restarts") if at_once else None
        self._count: bytes | None = None

    def happened(self) -> bool:
        if self._count is None:
            first, self._first = self._first or self._engine.begin("restarts"), None
            self._count = first.said()
        if not self._count or self._engine.begin("restarts").said() == self._count:
            return False
        self._count = b""
        return True

    def stop(self) -> None:
        if self._first:
            self._first.stop()


def _say_what_it_means(wrong: str, who: _Who, asked: Asked) -> None:
    """Say what there is to do about an answer, as far as it tells."""
    if wrong.startswith("status 404"):
        _say(
            f"asked for was {asked.path}: is that the health address of this app"
            " (Health(path=...) in its deploy file), and does the site lead there"
            " (Site(app_paths=...))?"
        )
    elif wrong == _NOBODY and who.request.socket:
        _say(asked.engine.text("explain_silence"))


def _say_last_lines(asked: Asked) -> None:
    _say(asked.engine.text("last_lines", asked.since))


def _say(text: str) -> None:
    sys.stderr.write(f"{text.rstrip()}\n" if text else "")
    sys.stderr.flush()
