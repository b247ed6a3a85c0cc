"""The controller hears that the host is there, whatever keeps the host busy."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator

import pytest

from tests.unit.host.changeover.machine import Host, Peer

SILENCE = 1.5


@contextlib.contextmanager
def beating(peer: Peer) -> Iterator[None]:
    """Have our own beats go on meanwhile, as the controller's do until it has its answer."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(SILENCE / 5):
            with contextlib.suppress(OSError, ValueError):
                peer.say()

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def beats(peer: Peer, seconds: float) -> int:
    """Return how many beats came in this time."""
    before = peer.beats
    with beating(peer):
        time.sleep(seconds)
    return peer.beats - before


def test_a_host_that_waits_for_steps_beats(host: Host) -> None:
    peer = host.open(silence=SILENCE)
    assert beats(peer, 2 * SILENCE) >= 4
    assert peer.commit() == "committed"


def test_a_host_that_acts_beats(host: Host) -> None:
    peer = host.open(silence=SILENCE)
    peer.start("build.slow", f"sleep {3 * SILENCE}")
    assert beats(peer, 2 * SILENCE) >= 4
    assert beats(peer, 2 * SILENCE) >= 4
    assert peer.answer("done") == (0, "")


@pytest.mark.parametrize("how", ["abandon", "commit"])
def test_a_host_that_undoes_or_completes_beats(host: Host, how: str) -> None:
    peer = host.open(silence=SILENCE)
    slow = f"touch {host.world}/works; sleep {3 * SILENCE}"
    peer.step("build.slow", "true", undo=slow, redo=slow)
    peer.say(json.dumps({how: ""}))
    host.wait_for(host.world / "works")
    assert beats(peer, 2 * SILENCE) >= 4
    peer.ended()


def test_a_host_that_waits_for_the_lock_beats(host: Host) -> None:
    first = host.open()
    first.step("build.slow", "true", undo=f"touch {host.world}/works; sleep {3 * SILENCE}")
    assert first.process.stdin
    first.process.stdin.close()
    host.wait_for(host.world / "works")
    second = host.hold("shop-2", silence=SILENCE)
    assert beats(second, 2 * SILENCE) >= 4
    with beating(second):
        assert second.answer("opened")[0] == "shop-2"
