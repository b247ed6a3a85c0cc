"""People at the site during a release: they write, and ask for pages many times a second."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from changeover.lab import LabHost
from tests.e2e.load import Site, Writers
from tests.e2e.matrix.updates import Served

_SECONDS = 3.0
_PAUSE_SECONDS = 0.1
_NOT_ALLOWED = 405


@dataclass(frozen=True)
class Look:
    """What a visitor saw."""

    at: float
    status: int
    """Of the page and of the health address, the higher; 0 where one was not answered."""
    served: Served | None

    @property
    def well(self) -> bool:
        """Tell whether page and health address were answered."""
        return self.status == 200


def _look(host: LabHost, site: Site) -> Look:
    """Ask for the page and for what serves."""
    try:
        page, _ = _ask(host, site.domain, "/")
        status, body = _ask(host, site.domain, "/api/health")
    except (OSError, http.client.HTTPException):
        return Look(time.monotonic(), 0, None)
    served = None
    if status == 200:
        said = json.loads(body)
        served = Served(said["release"], said["schema"])
    return Look(time.monotonic(), max(page, status), served)


def _ask(host: LabHost, domain: str, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(host.address, timeout=_SECONDS)
    try:
        connection.request("GET", path, headers={"Host": domain, "Accept": "text/html"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class Traffic:
    """Writers, and a prober that looks many times a second."""

    def __init__(self, host: LabHost, site: Site, *, writable: bool) -> None:
        self._host, self._site = host, site
        # a release without a database refuses each write; they go on trying
        first = 201 if writable else _NOT_ALLOWED
        self.writers = Writers(host, clients=2, pause=0.3, timeout=_SECONDS, first=first, site=site)
        self.looks: list[Look] = []
        self._stop = threading.Event()

    @contextmanager
    def at_work(self) -> Iterator["Traffic"]:
        """Have people at the site from before the block to after it."""
        prober = threading.Thread(target=self._probe)
        prober.start()
        try:
            with self.writers.at_work():
                yield self
        finally:
            self._stop.set()
            prober.join()

    def _probe(self) -> None:
        while not self._stop.is_set():
            self.looks.append(self.look())
            self._stop.wait(_PAUSE_SECONDS)

    def look(self) -> Look:
        """Look once at what serves."""
        return _look(self._host, self._site)

    def was_closed(self) -> bool:
        """Tell whether visitors were told that the site is closed."""
        return any(seen.status == 503 for seen in self.looks)

    def served(self) -> set[Served]:
        """Return all that ever answered."""
        return {seen.served for seen in self.looks if seen.served}
