"""What a run knows of its own holds: one that ended without its commit is lost for good."""

from types import SimpleNamespace
from typing import Any, cast

import gevent
import pytest
from gevent.queue import Queue
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.connectors.util import CommandOutput
from typing_extensions import override

from tasks.operations import hold
from tasks.operations.commands import Step
from tasks.operations.line import Line
from tasks.plans.undo import Undo


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
    monkeypatch.setattr(hold, "_holds", {})
    assert not hold.lost(HOST, "shop")
    found = hold.Hold(HOST, "shop", cast(Line, Said(*messages)), 30)
    hold._holds["web", "shop"] = found
    assert not hold.lost(HOST, "shop"), "it goes on"
    with gevent.Timeout(5):
        found.ended.wait()

    assert hold.lost(HOST, "shop") is lost
    assert not hold.lost(HOST, "other")
    assert hold.of(HOST, "shop") is None


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

    monkeypatch.setattr(hold, "print_host_combined_output", keep)
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
    monkeypatch.setattr(hold, "of", lambda *_: held)
    quiet = cast(State, SimpleNamespace(print_output=False))

    for undo in (Undo("fetch.release"), Undo("rehearse.migrations", shown=True)):
        assert Step("shop", undo, "true", "").execute(quiet, HOST, None)

    assert asked == [False, True]
