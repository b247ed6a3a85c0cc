"""A step that writes without pause: the hold still hears, still ends it, and keeps only its end."""

import json
import signal
from pathlib import Path

import pytest

from tests.unit.host.changeover.machine import Host, Peer

# Not more, whatever is written: a hold that keeps all of it reaches this within a second.
MEMORY = ("prlimit", "--as=400000000")
LIMIT = 2
FLOOD = "echo begun > {begun}; exec yes"


@pytest.fixture
def flooded(host: Host) -> Peer:
    """Give a hold, in limited memory, whose step floods it."""
    peer = host.open(prefix=MEMORY)
    begun = host.world / "begun"
    peer.start("build.loud", FLOOD.format(begun=begun), limit=LIMIT)
    host.wait_for(begun)
    return peer


def test_it_ends_by_its_limit_with_its_last_lines(host: Host, flooded: Peer) -> None:
    code, said = flooded.answer("done")
    assert code != 0
    first, *lines, last = said.splitlines()
    assert "bytes before this left out" in first
    assert set(lines) == {"y"}
    assert len(lines) > 1000
    assert last == f"build.loud took over {LIMIT} s"
    assert flooded.ended() == "undone"
    assert host.ledger()[0]["why"] == "build.loud failed"


def test_it_ends_when_the_controller_lets_go(host: Host, flooded: Peer) -> None:
    flooded.say(json.dumps({"abandon": "interrupted by SIGINT"}))
    assert flooded.let_go() == "undone"
    assert host.ledger()[0]["why"] == "interrupted by SIGINT"


def test_it_ends_by_a_signal(host: Host, flooded: Peer) -> None:
    flooded.process.send_signal(signal.SIGTERM)
    assert flooded.ended() == "undone"
    assert host.ledger()[0]["why"] == "the hold got signal 15"


def test_it_ends_by_silence(host: Host) -> None:
    peer = host.open(prefix=MEMORY, silence=1)
    peer.start("build.loud", "exec yes")
    assert peer.ended() == "undone"
    assert host.ledger()[0]["why"] == "nothing was heard of the controller for 1 s"


def test_it_ends_also_while_the_controller_reads_nothing(host: Host) -> None:
    peer = host.open(prefix=MEMORY)
    peer.pause()
    peer.start("build.loud", "exec yes", limit=LIMIT)
    host.wait_until(lambda: bool(host.outcomes()))
    peer.go_on()
    assert "build.loud took over" in peer.answer("done")[1]
    assert peer.ended() == "undone"


def test_a_step_that_closed_its_output_costs_no_processor(host: Host) -> None:
    peer = host.open()
    before = _ticks(peer)
    assert peer.step("build.quiet", "exec > /dev/null 2>&1; sleep 2") == (0, "")
    assert _ticks(peer) - before < 50  # of 200
    assert peer.commit() == "committed"


def _ticks(peer: Peer) -> int:
    fields = Path(f"/proc/{peer.process.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@pytest.mark.parametrize("flood", ["yes | head -c 600000000", "head -c 600000000 /dev/zero"])
def test_an_undo_that_floods_is_kept_to_its_last_lines(host: Host, flood: str) -> None:
    peer = host.open(prefix=MEMORY)
    peer.step("build.loud", "true", undo=f"{flood}; echo; echo no luck; exit 4")
    assert peer.let_go() == "stuck"
    assert "the undo of build.loud failed (exit 4):\n" in host.status()["stuck"]
    assert "no luck\n" in host.status()["stuck"]
    assert len(host.status()["stuck"]) < 100_000
