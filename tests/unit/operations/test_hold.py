"""What a run knows of its own holds: one that ended without its commit is lost for good."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import gevent
import gevent.event
import pytest
from gevent.queue import Queue
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.connectors.util import CommandOutput
from typing_extensions import override

from changeover.facts import run
from changeover.operations import hold, holds, shown
from changeover.operations.commands import Step
from changeover.operations.line import Line
from changeover.plans.undo import Undo


class Said:
    """A line on which the host says what it was told to, and hangs up."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self.messages = list(messages)

    def send(self, **_: Any) -> None:
        """Take it."""

    def receive(self) -> dict[str, Any] | None:
        return self.messages.pop(0) if self.messages else None

    def complaint(self) -> str:
        return ""

    def close(self) -> None:
        """Give up what there is not."""


HOST = cast(Host, SimpleNamespace(name="web", log=lambda *_: None))


@pytest.mark.parametrize(
    ("messages", "lost"),
    [
        ([{"opened": "c1"}, {"ended": "undone", "said": "broken by bob"}], True),
        ([{"opened": "c1"}, {"ended": "stuck", "said": "x"}], True),
        ([{"opened": "c1"}], True),
        ([{"opened": "c1"}, {"ended": "committed", "said": ""}], False),
    ],
)
def test_a_changeover_that_ended_without_its_commit_is_lost(
    messages: list[dict[str, Any]], lost: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "this", run.Run())
    assert not holds.lost(HOST, "shop")
    found = hold.Hold(HOST, "shop", cast(Line, Said(*messages)), 30)
    run.this.holds["web", "shop"] = found
    assert not holds.lost(HOST, "shop"), "it goes on"
    with gevent.Timeout(5):
        found.ended.wait()

    assert holds.lost(HOST, "shop") is lost
    assert not holds.lost(HOST, "other")
    assert holds.of(HOST, "shop") is None


class Doing(Said):
    """A line on which a step says something and ends with a code."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self._code, self._heard = code, Queue()

    @override
    def send(self, **message: Any) -> None:
        if "step" in message:
            self._heard.put({"output": "one\ntwo\n"})
            self._heard.put({"done": self._code})

    @override
    def receive(self) -> dict[str, Any] | None:
        return cast("dict[str, Any]", self._heard.get())


@pytest.mark.parametrize(
    ("code", "show", "seen"),
    [
        (0, False, []),
        (0, True, [("stdout", "one"), ("stdout", "two")]),
        (1, False, [("stderr", "one"), ("stderr", "two")]),
    ],
    ids=["well", "well and shown", "failed"],
)
def test_what_a_step_said_is_shown_where_it_failed_or_is_meant_to_be(
    code: int, show: bool, seen: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[tuple[str, str]] = []

    def keep(_host: Host, output: CommandOutput) -> None:
        found.extend((line.buffer_name, line.line) for line in output)

    monkeypatch.setattr(shown, "print_host_combined_output", keep)
    held = hold.Hold(HOST, "shop", cast(Line, Doing(code)), 30)

    with gevent.Timeout(5):
        done = held.step(Undo("rehearse.migrations"), "true", "", show=show)

    assert done is (code == 0)
    assert found == seen


def test_a_step_that_is_meant_to_be_shown_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def take(*_: object, show: bool) -> bool:
        asked.append(show)
        return True

    held = SimpleNamespace(step=take)
    monkeypatch.setattr(holds, "of", lambda *_: held)
    quiet = cast(State, SimpleNamespace(print_output=False))

    for undo in (Undo("fetch.release"), Undo("rehearse.migrations", shown=True)):
        assert Step("shop", undo, "true", "").execute(quiet, HOST, None)

    assert asked == [False, True]


class Silent(Said):
    """A line to a host that died behind a jump host: it is neither closed nor heard again."""

    def __init__(self, *messages: dict[str, Any], beats: int = 0) -> None:
        super().__init__(*messages)
        self._beats, self._dropped = beats, gevent.event.Event()

    @override
    def receive(self) -> dict[str, Any] | None:
        if self.messages:
            return self.messages.pop(0)
        if self._beats:
            self._beats -= 1
            gevent.sleep(0.1)
            return {}
        self._dropped.wait()
        return None

    def drop(self) -> None:
        self._dropped.set()


SILENCE = 0.3


def said_by(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(HOST, "log", lambda text, *_: found.append(text))
    return found


@pytest.mark.parametrize("what", ["step", "commit", "let_go"])
def test_a_host_that_is_not_heard_counts_as_lost(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = said_by(monkeypatch)
    held = hold.Hold(HOST, "shop", cast(Line, Silent({"opened": "c1"})), SILENCE)
    monkeypatch.setattr(Silent, "end", lambda _: None, raising=False)
    acts: dict[str, Callable[[], object]] = {
        "step": lambda: held.step(Undo("build.assets"), "true", "", show=False),
        "commit": lambda: held.commit({}),
        "let_go": lambda: held.let_go("x"),
    }

    with gevent.Timeout(5):
        assert not acts[what]()

    (why,) = [line for line in said if "nothing was heard of the host for 0 s" in line]
    assert "it counts as lost" in why
    assert held.ended.is_set()
    assert hold.LOST not in " ".join(said), "nobody knows whether it has undone"


def test_a_host_that_is_not_heard_from_the_beginning_opens_nothing() -> None:
    held = hold.Hold(HOST, "shop", cast(Line, Silent()), SILENCE)
    with gevent.Timeout(5):
        assert "nothing was heard of the host" in held.opened.get()


def test_a_host_that_beats_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    said = said_by(monkeypatch)
    held = hold.Hold(HOST, "shop", cast(Line, Silent({"opened": "c1"}, beats=10)), SILENCE)
    with gevent.Timeout(0.9, False):
        held.commit({})
        raise AssertionError("given up")
    assert said == []


def test_a_controller_that_stood_still_itself_does_not_blame_the_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = said_by(monkeypatch)
    held = hold.Hold(HOST, "shop", cast(Line, Silent({"opened": "c1"}, beats=10)), SILENCE)
    gevent.sleep(0.05)
    time.sleep(2 * SILENCE)
    gevent.sleep(0.1)
    assert (held.ended.is_set(), said) == (False, [])
