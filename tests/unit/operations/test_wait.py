"""Who looks at a host waits for an undo that is at work there, bounded, and says for whom."""

import getpass
import socket
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from changeover.facts import run
from changeover.host.changeover import words
from changeover.operations import holds, wait

ABOUT = {"id": "shop-1", "operator": "ann", "controller": "laptop", "began": 1_700_000_000.0}
OURS = ABOUT | {"operator": getpass.getuser(), "controller": socket.gethostname()}
UNDO = words.undo("shop", ABOUT, "the guard")
FREE = None


@dataclass
class Seen:
    """What a probe saw."""

    held: dict[str, Any] | None
    open_changeover: None = None


class Host:
    """A host whose lock is as planned, one look after the other; the last stays."""

    name = "web"

    def __init__(self) -> None:
        self.plan: list[dict[str, Any] | None] = []
        self.said: list[str] = []
        self.waits: list[int] = []

    def ask(self) -> Seen:
        return Seen(self.plan.pop(0) if len(self.plan) > 1 else self.plan[0])

    def get_fact(self, _: object, lock: str, seconds: int) -> bool:
        assert lock == "/lock"
        self.waits.append(seconds)
        return False

    def log(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    found = Host()
    monkeypatch.setattr(wait, "host", found)
    monkeypatch.setattr(run, "this", run.Run())
    return found


def look(host: Host, *plan: dict[str, Any] | None) -> Any:
    host.plan = list(plan)
    seen = wait.wait_for_undo("shop", "/lock", host.ask)
    assert seen
    return seen.held


def test_nobody_is_waited_for_where_nobody_works(host: Host) -> None:
    assert look(host, FREE) is None
    assert (host.waits, host.said) == ([], [])


def test_an_undo_is_waited_for_and_named_once(host: Host) -> None:
    assert look(host, UNDO, UNDO, UNDO, FREE) is None
    assert len(host.waits) == 3
    (said,) = host.said
    assert said.startswith(
        "shop: waits for the end of the undo of the release of shop by ann from laptop since"
        " 2023-11-14 22:13:20 UTC, by the guard since 20"
    )
    assert said.endswith(" UTC, 7200 s at most")


def test_an_undo_is_not_waited_for_without_end(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wait, "UNDO_SECONDS", -1)
    assert look(host, UNDO) == UNDO
    assert host.waits == []


def test_somebody_elses_release_is_not_waited_for(host: Host) -> None:
    live = words.release("shop", ABOUT)
    assert look(host, live) == live
    assert (host.waits, host.said) == ([], [])


def test_of_ones_own_that_died_the_host_may_not_know_yet(host: Host) -> None:
    live = words.release("shop", OURS)
    assert look(host, live, UNDO, FREE) is None
    assert look(host, live) == live, "it lives"
    assert host.waits == [4, 10, 4]


def test_the_release_of_this_very_run_is_not_waited_for(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holds, "of", lambda *_: SimpleNamespace())
    live = words.release("shop", OURS)
    assert look(host, live) == live
    assert host.waits == []
