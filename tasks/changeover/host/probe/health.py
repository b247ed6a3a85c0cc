"""How the app answers: itself by its socket, and through the site as a visitor would ask it."""

import threading
from pathlib import Path
from typing import Any

from .. import health
from ..visitor.answer import NoAnswer, NotWhole, get
from ..visitor.request import Request
from ..visitor.site import Site, past_nginx, through_nginx
from .asked import Asked

# an app may answer without end, and then says nothing
_MOST = 131_072
_APP_SECONDS, _SITE_SECONDS = 5, 2


class Question:
    """A request that is sent while others are; it ends in time by itself."""

    def __init__(self, request: Request, seconds: float) -> None:
        """Send it."""
        self._request, self._seconds = request, seconds
        self._found: dict[str, Any] = {}
        self._failed: Exception | None = None
        self._waiting = threading.Thread(target=self._wait, daemon=True)
        self._waiting.start()

    def _wait(self) -> None:
        try:
            self._found = _told(self._request, self._seconds)
        except Exception as error:
            self._failed = error

    def told(self) -> dict[str, Any]:
        """Return what is answered: its status, and what it says of what makes an app healthy."""
        self._waiting.join()
        if self._failed:
            raise self._failed
        return self._found


def app(asked: Asked, *, active: bool) -> Question | None:
    """Begin to ask the app; behind the socket of one that does not run, a question only waits."""
    by_path = asked.socket.startswith("/")
    if not active or (by_path and not Path(asked.socket).is_socket()):
        return None
    return Question(past_nginx(_site(asked), asked.health_path), _APP_SECONDS)


def site(asked: Asked) -> Question:
    """Begin to ask the site."""
    return Question(through_nginx(_site(asked), asked.health_path), _SITE_SECONDS)


def _site(asked: Asked) -> Site:
    return Site(*(getattr(asked, name) for name in Site._fields))


def _told(request: Request, seconds: float) -> dict[str, Any]:
    try:
        answer = get(request, seconds, _MOST)
    except (NoAnswer, NotWhole):
        return {"status": 0, "said": {}}
    return {"status": answer.status, "said": health.texts(health.said(answer.body))}
