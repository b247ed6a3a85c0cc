"""What a run knows of its own holds: one that ended without its commit is lost for good."""

from types import SimpleNamespace
from typing import Any, cast

import gevent
import pytest
from pyinfra.api.host import Host

from tasks.operations import hold
from tasks.operations.line import Line


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
