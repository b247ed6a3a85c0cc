"""What a step is at is told while it works, and no more than that."""

import time

import pytest

from changeover.host.output.now import Now, without_marks


def test_the_newest_line_is_told_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    now = Now()
    now.add(b"words\n@@now one\n@@no")
    assert (now.due(), now.due()) == ("one", "")
    now.add(b"w two\n@@now three\nmore @@now four\n")
    assert now.due() == ""
    clock[0] += 1
    assert (now.due(), now.due()) == ("three", "")


def test_it_speaks_to_no_terminal_and_takes_no_memory() -> None:
    now = Now()
    now.add(b"@@now \x1b[2Jx\xff\n")
    assert now.due().isprintable()
    for _ in range(100):
        now.add(b"x" * 65536)
    assert len(now._line) <= 300
    assert now.due() == ""


def test_what_was_told_is_not_said_again() -> None:
    assert without_marks("a\n@@now b\nc @@now d\n") == "a\nc @@now d\n"
