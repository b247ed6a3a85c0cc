"""Whatever comes on the line of a hold that is no message ends the run, with one line."""

from io import BytesIO
from types import SimpleNamespace
from typing import cast

import gevent
import gevent.event
import pytest
from pyinfra.api.host import Host
from pyinfra.connectors.util import CommandOutput

from changeover.operations import hold, shown
from changeover.operations.line import Line
from changeover.plans.undo import Undo

ODD = [
    b"Welcome to web-1\n",
    b"[1, 2]\n",
    b"3\n",
    b'{"hello": 1}\n',
    b"\xff\xfe\n",
    b'{"done": ',
    b"\x1b]0;evil\x07\n",
]


def held_on(words: bytes) -> tuple[hold.Hold, list[str]]:
    said: list[str] = []
    host = cast(Host, SimpleNamespace(name="web", log=lambda text, *_: said.append(text)))
    return hold.Hold(host, "shop", Line(BytesIO(), BytesIO(words), BytesIO()), 30), said


@pytest.mark.parametrize("words", ODD)
def test_before_it_is_open_it_is_why_it_does_not_open(words: bytes) -> None:
    held, _ = held_on(words)

    with gevent.Timeout(5):
        why = held.opened.get()

    assert why.startswith("what the host says on its line is no message (")
    assert "deploys/status.py tells" in why
    assert why.isprintable()


@pytest.mark.parametrize("words", ODD)
def test_later_who_waits_for_a_step_is_let_go(words: bytes) -> None:
    held, said = held_on(b'{"opened": "c1"}\n' + words)

    with gevent.Timeout(5):
        assert not held.step(Undo("build.assets"), "true", "", show=False)
        held.ended.wait()

    (one,) = said
    assert one.startswith("shop: what the host says on its line is no message (")


@pytest.mark.parametrize(
    ("output", "seen"),
    [
        ("", ["build.assets ended with 7, and said nothing"]),
        ("why\n", ["why"]),
        (
            "".join(f"{number}\n" for number in range(500)),
            ["[300 lines before this left out]", *map(str, range(300, 500))],
        ),
    ],
    ids=["nothing", "a line", "much"],
)
def test_a_step_that_failed_says_why_or_that_it_says_nothing(
    output: str, seen: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str] = []

    def keep(_host: Host, said: CommandOutput) -> None:
        found.extend(line.line for line in said)

    monkeypatch.setattr(shown, "print_host_combined_output", keep)
    words = [{"opened": "c1"}, {"output": output}, {"done": 7}]
    line = Line(BytesIO(), BytesIO(), BytesIO())
    held, _ = held_on(b"")
    monkeypatch.setattr(held, "line", line)
    monkeypatch.setattr(held, "ended", gevent.event.Event())

    def answer(**_: object) -> None:
        for one in words:
            held._take(**one)  # type: ignore[arg-type]

    monkeypatch.setattr(line, "send", answer)
    with gevent.Timeout(5):
        assert not held.step(Undo("build.assets"), "true", "", show=False)

    assert found == seen
