"""All the ways in which a changeover ends without a commit."""

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.unit.host.changeover.machine import Host, Peer

SILENCE = 2


def replaced(host: Host, **how: Any) -> Peer:
    """Return a changeover that has replaced a file."""
    file = host.world / "file"
    file.write_text("old")
    peer = host.open(**how)
    assert peer.step("site.publish", f"echo new > {file}", save=[str(file)])[0] == 0
    return peer


@pytest.fixture
def begun(host: Host) -> Peer:
    """Give a changeover that has replaced a file, and is patient with a test that is slow."""
    return replaced(host)


@pytest.fixture
def short(host: Host) -> Peer:
    """Give one that soon takes its controller for dead."""
    return replaced(host, silence=SILENCE)


def assert_old(host: Host, why: str, by: str = "release") -> None:
    assert (host.world / "file").read_text() == "old"
    assert host.journal() == []
    assert host.is_free()
    (record,) = host.ledger()
    assert (record["outcome"], record["why"], record["by"]) == ("undone", why, by)


def test_the_end_of_the_line(host: Host, begun: Peer) -> None:
    assert begun.let_go() == "undone"
    assert_old(host, "the controller let go")


def test_the_end_of_the_line_kills_a_step(host: Host, begun: Peer) -> None:
    begun.start("build.slow", f"touch {host.world}/runs; sleep 120")
    host.wait_for(host.world / "runs")
    assert begun.let_go() == "undone"
    assert_old(host, "the controller let go")


def test_the_ledger_says_why_a_step_was_abandoned(host: Host, begun: Peer) -> None:
    begun.start("build.slow", f"touch {host.world}/runs; sleep 120")
    host.wait_for(host.world / "runs")
    begun.say(json.dumps({"abandon": "interrupted by SIGINT"}))
    assert begun.let_go() == "undone"
    assert_old(host, "interrupted by SIGINT")


def test_silence(host: Host, short: Peer) -> None:
    assert short.ended() == "undone"
    assert_old(host, f"nothing was heard of the controller for {SILENCE} s")


def test_silence_while_a_step_runs(host: Host, short: Peer) -> None:
    short.start("build.slow", "sleep 120")
    assert short.ended() == "undone"
    assert_old(host, f"nothing was heard of the controller for {SILENCE} s")


def test_beats_keep_it_alive(host: Host, short: Peer) -> None:
    short.start("build.slow", f"until [ -e {host.world}/go ]; do sleep 0.1; done; echo built")
    for _ in range(15):
        short.say()
        time.sleep(SILENCE / 10)  # a machine that is busy makes it longer
    (host.world / "go").touch()
    assert short.answer("done") == (0, "built\n")
    assert short.commit() == "committed"
    assert (host.world / "file").read_text() == "new\n"


@pytest.mark.parametrize("garbage", ["what?", "5", '{"neither": 1}', '{"step": {}}', '{"step": 1}'])
def test_a_garbage_line(host: Host, begun: Peer, garbage: str) -> None:
    begun.say(garbage)
    assert begun.ended() == "undone"
    assert (host.world / "file").read_text() == "old"
    assert host.outcomes() == [("shop-1", "undone")]


def test_a_garbage_line_kills_a_step(host: Host, begun: Peer) -> None:
    begun.start("build.slow", f"echo $$ > {host.world}/pid; sleep 120")
    host.wait_for(host.world / "pid")
    begun.say("what?")
    assert begun.ended() == "undone"
    assert not Path("/proc", (host.world / "pid").read_text().strip()).exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal(host: Host, begun: Peer, number: signal.Signals) -> None:
    begun.start("build.slow", f"touch {host.world}/runs; sleep 120")
    host.wait_for(host.world / "runs")
    begun.process.send_signal(number)
    assert begun.ended() == "undone"
    assert_old(host, f"the hold got signal {int(number)}")


def test_a_hold_that_goes_down_with_the_host_leaves_the_undo_to_the_boot(
    host: Host, begun: Peer
) -> None:
    host.shut_down()
    begun.process.send_signal(signal.SIGTERM)
    begun.process.wait(20)
    assert (host.world / "file").read_text() == "new\n"
    assert host.journal() == ["undo.d"]
    assert host.undo()[0] == 0
    assert_old(host, "its controller and its hold were gone", "the guard")


def test_a_killed_hold_is_undone_by_the_guard(host: Host, begun: Peer) -> None:
    begun.kill()
    assert (host.world / "file").read_text() == "new\n"
    assert host.undo() == (0, "undone: r1 serves as before\n")
    assert_old(host, "its controller and its hold were gone", "the guard")
    assert host.calls()[-1] == "held --quiet --no-block stop changeover-undo@shop.timer"


def test_an_undone_first_release_is_no_failure_of_the_undo(host: Host) -> None:
    to = {"release": "r1", "commit": "c1"}
    about = {"id": "shop-1", "kind": "release", "operator": "ann", "controller": "laptop"}
    more = {"from": {"release": None, "commit": None}, "to": to, "settle": "", "closing": ""}
    host.open(about=about | more | {"schema_before": []}).kill()
    assert host.undo() == (0, "undone: nothing served before, and nothing serves now\n")


def test_the_guard_that_finds_nothing_stops_itself_before_another_can_begin(host: Host) -> None:
    assert host.undo() == (0, "")
    assert host.calls() == ["held --quiet --no-block stop changeover-undo@shop.timer"]


def test_the_guard_leaves_a_live_release_alone(host: Host, begun: Peer) -> None:
    before = host.calls()
    assert host.undo() == (0, "")
    assert host.calls() == before
    assert begun.commit() == "committed"
    assert (host.world / "file").read_text() == "new\n"


def test_a_power_cut_is_told_apart(host: Host, begun: Peer) -> None:
    begun.kill()
    events = host.state / "undo.d/events"
    lines = [json.loads(line) | {"at": 1000.0} for line in events.read_text().splitlines()]
    events.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert host.undo()[0] == 0
    assert_old(host, "its controller and its hold were gone", "the boot")
    assert host.ledger()[0]["away_seconds"] > 1_000_000


def test_what_a_step_starts_elsewhere_is_ended_before_the_first_undo(host: Host) -> None:
    peer = host.open()
    said = f"echo {{}} >> {host.world}/order"
    peer.step("build.assets", "true", stop=said.format("stop"), undo=said.format("undo"))
    peer.step("site.publish", "true", undo=said.format("undo"))
    assert peer.let_go() == "undone"
    assert (host.world / "order").read_text().split() == ["stop", "undo", "undo"]


def test_it_is_ended_at_the_commit_too(host: Host) -> None:
    peer = host.open()
    peer.step("build.assets", "true", stop=f"touch {host.world}/stopped")
    assert peer.commit() == "committed"
    assert (host.world / "stopped").exists()


def test_units_that_an_earlier_version_listed_are_stopped(host: Host) -> None:
    peer = host.open()
    peer.step("health.candidate", "true", stop=["shop-candidate.service"])
    assert peer.let_go() == "undone"
    assert "held stop shop-candidate.service" in host.calls()


def test_links_in_a_folder_that_went_with_an_older_step(host: Host) -> None:
    peer = host.open()
    folder = host.world / "release"
    peer.step("fetch.release", f"mkdir {folder}", undo=f"rm -rf {folder}")
    peer.step("activate.link", f"ln -s x {folder}/link", save=[f"{folder}/link"])
    assert peer.let_go() == "undone"
    assert not folder.exists()


def test_a_saved_file_whose_folder_went_is_not_forgotten(host: Host, begun: Peer) -> None:
    begun.step("site.move", f"mv {host.world} {host.world}.away")
    assert begun.let_go() == "stuck"
    (host.disk / "world.away").rename(host.world)
    assert host.undo("--again")[0] == 0
    assert (host.world / "file").read_text() == "old"


def test_an_undo_that_was_killed_goes_on_where_it_was(host: Host, begun: Peer) -> None:
    order, go = host.world / "order", host.world / "go"
    begun.step("fetch.one", "true", undo=f"echo one >> {order}")
    half = f"echo half >> {order}; touch {host.world}/runs; until [ -e {go} ]; do sleep 0.05; done"
    begun.step("fetch.two", "true", undo=f"{half}; echo two >> {order}")
    begun.step("fetch.three", "true", undo=f"echo three >> {order}")
    begun.kill()
    guard = host.start("undo", "shop")
    host.wait_for(host.world / "runs")
    guard.kill()
    guard.wait()
    go.touch()
    host.wait_for(order, "two")  # without a scope nobody kills the script with its guard
    assert host.undo()[0] == 0
    assert order.read_text().split() == ["three", "half", "two", "half", "two", "one"]
    assert (host.world / "file").read_text() == "old"
    assert host.outcomes() == [("shop-1", "undone")]
