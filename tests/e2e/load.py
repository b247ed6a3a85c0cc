"""What these tests do to a site: release onto its host, write through nginx, read what is there."""

import http.client
import json
import threading
import time
import urllib.error
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from textwrap import indent
from typing import Any

from changeover.lab import Lab, LabHost
from tests.e2e.releases import DOMAIN, Run, get, pyinfra, request

APP = "playmaker"


@dataclass(frozen=True)
class Site:
    """Where people write, and read what is there."""

    domain: str
    path: str
    """Takes POSTs of a name and a key, and lists what there is with id and key."""


PLAYLISTS = Site(DOMAIN, "/api/playlists")
UNANSWERED = 0
LEDGER = f"/var/lib/changeover/{APP}/ledger.jsonl"
KEPT = ("first", "second", "third")


def release(lab: Lab, host: LabHost, ref: str, *options: str, **data: str) -> Run:
    """Release a ref of PlayMaker on one host."""
    return pyinfra(lab, "release", "--limit", host.name, *options, **settings(ref, data))


def back(lab: Lab, host: LabHost, **data: str) -> Run:
    """Run deploys/rollback.py on one host."""
    return pyinfra(lab, "rollback", "--limit", host.name, playmaker_domain=DOMAIN, **data)


def records(host: LabHost, app: str = APP) -> list[dict[str, Any]]:
    """Return the ledger's records, oldest first."""
    ledger = host.run(f"cat /var/lib/changeover/{app}/ledger.jsonl").stdout
    return [json.loads(line) for line in ledger.splitlines()]


def migration(upgrade: str, downgrade: str = "pass") -> dict[str, str | None]:
    """Return the file of a migration on top of v3's: the bodies of its two functions."""
    bodies = {"upgrade": upgrade, "downgrade": downgrade}
    functions = (f"def {name}():\n{indent(body, '    ')}\n" for name, body in bodies.items())
    head = 'from alembic import op\n\nrevision = "0003"\ndown_revision = "0002"\n'
    return {"alembic/versions/0003_more.py": "\n\n".join([head, *functions])}


def settings(ref: str, data: dict[str, str]) -> dict[str, str]:
    """Return what --data says for a ref; ``data`` overrides it."""
    return {"playmaker_ref": ref, "playmaker_domain": DOMAIN, **data}


@cache
def commit(lab: Lab, ref: str, app: str = APP) -> str:
    """Return the commit that a tag of the origin names."""
    repository = f"/srv/git/{app}.git"
    return lab.host("origin").run(f"git -C {repository} rev-parse {ref}^{{commit}}").stdout.strip()


def health(host: LabHost, site: Site = PLAYLISTS) -> tuple[int, dict[str, Any]]:
    """Return status and JSON of the health address."""
    status, body = get(host, "/api/health", site.domain)
    return status, json.loads(body)


def serves(host: LabHost, site: Site = PLAYLISTS) -> tuple[str, str | None] | None:
    """Return commit and schema that answer through the site; None where it is closed, with 503."""
    status, said = health(host, site)
    if status == 503:
        return None
    assert status == 200, (status, said)
    return said["release"], said["schema"]


def write(host: LabHost, *names: str) -> None:
    """Make a playlist of each name, and see it acknowledged."""
    for name in names:
        status, body = request(
            host, "/api/playlists", body=json.dumps({"name": name, "key": name}).encode()
        )
        assert status == 201, body


def names(host: LabHost) -> list[str]:
    """Return the names of all playlists."""
    status, body = get(host, "/api/playlists")
    assert status == 200, body
    return [row["name"] for row in json.loads(body)]


def nginx_answers(host: LabHost) -> bool:
    """Tell whether the site answers at all."""
    try:
        return bool(get(host, "/")[0])
    except OSError:
        return False


def wait_until(true: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Wait until something holds; who gets no connection yet cannot tell."""
    deadline = time.monotonic() + seconds
    while True:
        with suppress(ConnectionError, urllib.error.URLError):
            if true():
                return
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s still not: {what}")
        time.sleep(0.02)


@dataclass(frozen=True)
class Attempt:
    """One write that a client tried, and what it was told."""

    key: str
    started: float
    ended: float
    status: int
    """UNANSWERED where the connection ended without an answer."""
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    @property
    def client(self) -> str:
        """Whose attempt it is."""
        return self.key.rpartition(" ")[0]

    @property
    def id(self) -> int:
        """Id of what was made and acknowledged."""
        return int(json.loads(self.body)["id"])


class Writers:
    """Clients that write through nginx, each time with a key of its own, and keep count."""

    def __init__(
        self,
        host: LabHost,
        clients: int = 4,
        pause: float = 0.15,
        name: str = "load",
        *,
        timeout: float = 60,
        first: int = 201,
        site: Site = PLAYLISTS,
    ) -> None:
        """
        Begin with nobody writing; the name keeps the keys apart from those of other writers.

        ``first`` is the answer that is waited for before anything else happens.
        """
        self._name, self._timeout, self._first = name, timeout, first
        self._host, self._site = host, site
        self._pause = pause
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=[n]) for n in range(clients)]
        self.attempts: list[Attempt] = []

    @contextmanager
    def at_work(self) -> Iterator["Writers"]:
        """Let them write: from before the block's first line until after its last."""
        for thread in self._threads:
            thread.start()
        try:
            wait_until(lambda: self.told(self._first), f"a write answered {self._first}")
            yield self
            before = len(self.attempts)
            wait_until(lambda: len(self.attempts) >= before + 10, "more writes")
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join()

    def told(self, status: int) -> list[Attempt]:
        """Return the attempts that got a status."""
        return [attempt for attempt in list(self.attempts) if attempt.status == status]

    def acknowledged(self, count: int) -> bool:
        """Tell whether so many writes were acknowledged."""
        return len(self.told(201)) >= count

    def statuses(self) -> Counter[int]:
        """Return how often each status was told."""
        return Counter(attempt.status for attempt in self.attempts)

    def strange(self) -> list[Attempt]:
        """Return the attempts that were neither acknowledged nor told to come back later."""
        return [attempt for attempt in self.attempts if attempt.status not in (201, 503)]

    def seconds_away(self) -> float:
        """Return how long the site was away: from the first 503 to the last."""
        refused = self.told(503)
        if not refused:
            return 0.0
        return max(a.ended for a in refused) - min(a.started for a in refused)

    def longest_wait(self) -> float:
        """Return how long the slowest acknowledged write took."""
        return max(attempt.ended - attempt.started for attempt in self.told(201))

    def _write(self, client: int) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            self.attempts.append(self._attempt(f"{self._name} {client} {number}"))
            self._stop.wait(self._pause)

    def _attempt(self, key: str) -> Attempt:
        started = time.monotonic()
        connection = http.client.HTTPConnection(self._host.address, timeout=self._timeout)
        try:
            connection.request(
                "POST",
                self._site.path,
                body=json.dumps({"name": key, "key": key}),
                headers={
                    "Host": self._site.domain,
                    "Accept": "application/json",
                    "Content-Type": "application/json",
                },
            )
            answer = connection.getresponse()
            body = answer.read().decode()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Attempt(key, started, time.monotonic(), answer.status, headers, body)
        except (OSError, http.client.HTTPException) as error:
            return Attempt(key, started, time.monotonic(), UNANSWERED, body=repr(error))
        finally:
            connection.close()


@dataclass(frozen=True)
class UnderLoad:
    """A release while people wrote, after its end."""

    host: LabHost
    run: Run
    writers: Writers


def lost_or_doubled(
    host: LabHost, acknowledged: list[Attempt], site: Site = PLAYLISTS
) -> list[str]:
    """Return the acknowledged writes that the site does not show exactly once, as told."""
    return not_as_told(acknowledged, stored(host, site))


def stored(host: LabHost, site: Site = PLAYLISTS) -> dict[str | None, list[int]]:
    """Return the ids of what the site shows, by the keys with which it was written."""
    status, body = get(host, site.path, site.domain)
    assert status == 200, body
    found: dict[str | None, list[int]] = {}
    for row in json.loads(body):
        found.setdefault(row["key"], []).append(row["id"])
    return found


def not_as_told(acknowledged: list[Attempt], found: Mapping[str | None, list[int]]) -> list[str]:
    """Return the keys of acknowledged writes that were not found exactly once, as told."""
    return [write.key for write in acknowledged if found.get(write.key) != [write.id]]
