"""The line to the controller."""

import json
import os
from collections.abc import Iterator

import pytest

from changeover.host.changeover.channel import Channel


@pytest.fixture
def line() -> Iterator[tuple[Channel, int, int]]:
    """Give a channel, and the controller's ends: to write to and to read from."""
    read, to = os.pipe()
    back, write = os.pipe()
    yield Channel(read, write), to, back
    for descriptor in (read, back, write):
        os.close(descriptor)


@pytest.mark.parametrize("size", range(10_000, 10_008))
def test_a_controller_that_reads_nothing_gets_whole_messages_later(
    line: tuple[Channel, int, int], size: int
) -> None:
    channel, _, back = line
    channel.send(opened="shop-1")
    for number in range(600):
        channel.send(output=f"{number}" + "\x01" * size)
    channel.send(done=0)
    got = b""
    while channel.pending:
        got += os.read(back, 1 << 20)
        channel.flush()
    got += os.read(back, 1 << 20)
    assert len(got) < 5 << 20, "what is kept is bounded"
    messages = [json.loads(text) for text in got.splitlines()]
    assert (messages[0], messages[-1]) == ({"opened": "shop-1"}, {"done": 0})
    assert messages[-2]["output"].startswith("599"), "it is the oldest that is left out"


def test_messages_and_beats(line: tuple[Channel, int, int]) -> None:
    channel, to, _ = line
    assert channel.receive() == []
    os.write(to, b'\n{"a": 1}\n\n{"b"')
    assert channel.receive() == [{"a": 1}]
    os.write(to, b": 2}\n")
    assert (channel.receive(), channel.open) == ([{"b": 2}], True)
    os.close(to)
    assert (channel.receive(), channel.open) == ([], False)


@pytest.mark.parametrize("garbage", [b"what?\n", b"5\n", b"[]\n", b'"commit"\n', b"\xff\xfe\n"])
def test_what_is_no_message(line: tuple[Channel, int, int], garbage: bytes) -> None:
    channel, to, _ = line
    os.write(to, garbage)
    with pytest.raises(ValueError):  # noqa: PT011 - of three kinds, and all are the end
        channel.receive()
