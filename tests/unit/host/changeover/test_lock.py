"""Never two at once: who is refused, why, and who can end a live release."""

import re
import subprocess

import pytest

from changeover.operations import step
from tests.unit.host.changeover.machine import Host


def test_a_second_release_is_told_of_the_first(host: Host) -> None:
    first = host.open()
    assert first.step("fetch.release", "true")[0] == 0
    why = host.hold("shop-2").refused()
    assert re.fullmatch(
        r"shop is being released by ann from laptop"
        r" since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, now in phase fetch:"
        r" wait for it, or break it with deploys/undo.py --data changeover_break=shop-1",
        why,
    )
    assert first.commit() == "committed"
    assert host.outcomes() == [("shop-1", "committed")]


def test_of_two_that_begin_together_one_is_refused(host: Host) -> None:
    peers = [host.hold("shop-1"), host.hold("shop-2")]
    answers = [peer.hear() or {} for peer in peers]
    assert sorted(next(iter(answer)) for answer in answers) == ["opened", "refused"]


def test_an_interrupted_changeover_is_undone_before_the_next(host: Host) -> None:
    file = host.world / "file"
    first = host.open()
    first.step("site.publish", f"echo new > {file}", save=[str(file)])
    first.kill()
    second = host.hold("shop-2")
    assert second.hear() == {"again": "undone: r1 serves as before"}
    assert not file.exists()
    # what it saw before was the middle of the first: it looks anew, and only then begins
    assert host.journal() == []
    assert host.open("shop-2").commit() == "committed"
    assert host.outcomes() == [("shop-1", "undone"), ("shop-2", "committed")]
    assert host.ledger()[0]["by"] == "the next release"


def test_an_interrupted_changeover_that_cannot_be_undone_refuses_the_next(host: Host) -> None:
    first = host.open()
    first.step("fetch.release", "true", undo="echo no luck; exit 4")
    first.kill()
    why = host.hold("shop-2").refused()
    assert "the undo of fetch.release failed (exit 4):\nno luck\n" in why
    assert "changeover undo shop --again" in why
    assert host.journal() == ["undo.d"]


def test_what_was_committed_is_only_finished_forward(host: Host) -> None:
    file, flag = host.world / "file", host.world / "closed"
    first = host.open()
    undo = f"touch {host.world}/wrong"
    first.step("maintenance.close", f"touch {flag}", redo=f"rm -f {flag}", undo=undo)
    first.step("site.publish", f"echo new > {file}", save=[str(file)])
    first.kill()
    (host.state / "undo.d").rename(host.state / "redo.d")
    assert host.undo() == (0, "committed\n")
    assert (file.read_text(), flag.exists()) == ("new\n", False)
    assert not (host.world / "wrong").exists()
    assert host.outcomes() == [("shop-1", "committed")]
    assert host.journal() == []


def test_what_was_committed_is_finished_by_the_next_release(host: Host) -> None:
    first = host.open()
    first.step("maintenance.close", "true", redo=f"touch {host.world}/redone")
    first.kill()
    (host.state / "undo.d").rename(host.state / "redo.d")
    assert host.hold("shop-2").hear() == {"again": "committed"}
    # it has become the newest, which the next has to know
    assert "released by somebody else" in host.hold("shop-2").refused()
    assert (host.world / "redone").exists()
    assert host.open("shop-3", generation="shop-1").commit() == "committed"
    assert host.outcomes() == [("shop-1", "committed"), ("shop-3", "committed")]


def test_another_version_of_the_program_is_refused(host: Host) -> None:
    why = host.hold(version="0").refused()
    assert why == "shop: the host's programs are of another version; run deploys/provision.py"
    assert host.journal() == []
    assert host.is_free()


@pytest.mark.parametrize("seen", ["", "shop-0"])
def test_a_run_that_looked_before_another_release_is_refused(host: Host, seen: str) -> None:
    assert host.open().commit() == "committed"
    why = host.hold("shop-2", generation=seen).refused()
    assert "released by somebody else since this run looked at the host (changeover shop-1)" in why
    assert (host.journal(), host.is_free()) == ([], True)
    assert host.outcomes() == [("shop-1", "committed")]
    assert host.open("shop-3", generation="shop-1").let_go() == "undone"


def test_a_hold_tells_whether_anybody_worked_on_the_app_since_it_was_seen(host: Host) -> None:
    def began(stamp: str) -> bool:
        peer = host.hold("shop-2", stamp=stamp)
        answer = peer.hear()
        assert answer is not None
        assert answer["opened"] == "shop-2"
        assert peer.let_go() == "undone"
        return bool(answer["unchanged"])

    assert not began("")  # nobody had the lock yet: nothing is known
    seen = stamp(host)
    assert began(seen)
    assert not began(seen)  # the one before was there since
    seen = stamp(host)
    script = step.alone(str(host.lock), "true", None).get_raw_value()
    subprocess.run(["sh", "-c", script], check=True)
    assert not began(seen)


def stamp(host: Host) -> str:
    """Return the lock's stamp as the probe reads it."""
    command = ["stat", "-c", "%.9Y", str(host.lock)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_break_with_the_right_id(host: Host) -> None:
    file = host.world / "file"
    peer = host.open()
    peer.step("site.publish", f"echo new > {file}", save=[str(file)])
    peer.start("build.slow", f"touch {host.world}/runs; sleep 20")
    host.wait_for(host.world / "runs")
    assert host.changeover("break", "shop", "shop-1", "bob").returncode == 0
    assert peer.ended() == "undone"
    assert not file.exists()
    (record,) = host.ledger()
    assert (record["outcome"], record["broken_by"]) == ("undone", "bob")


def test_break_of_a_hold_that_is_dead_already(host: Host) -> None:
    file = host.world / "file"
    peer = host.open()
    peer.step("site.publish", f"echo new > {file}", save=[str(file)])
    peer.kill()
    done = host.changeover("break", "shop", "shop-1", "bob")
    assert (done.returncode, "nobody releases shop" in done.stderr) == (1, True)
    assert host.undo()[0] == 0
    assert not file.exists()


def test_break_with_a_wrong_id(host: Host) -> None:
    peer = host.open()
    done = host.changeover("break", "shop", "shop-0", "bob")
    assert done.returncode == 1
    assert done.stderr == "changeover: shop-0 does not hold shop; shop-1 does\n"
    assert peer.commit() == "committed"
    assert "broken_by" not in host.ledger()[0]


def test_a_person_who_undoes_a_live_release_is_told_of_it(host: Host) -> None:
    peer = host.open()
    code, said = host.undo("--again")
    assert (code, said.startswith("changeover: shop is being released by ann")) == (1, True)
    assert peer.commit() == "committed"


def test_an_app_that_the_host_does_not_carry(host: Host) -> None:
    done = host.changeover("undo", "other")
    assert done.returncode == 1
    assert "this host carries no app other" in done.stderr
