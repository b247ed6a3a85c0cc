"""An undo that fails: it keeps everything, says what to do, and gives up after a while."""

from pathlib import Path

import pytest

from tests.unit.host.changeover.machine import Host

STOP = "held --quiet --no-block stop changeover-undo@shop.timer"
WHAT_TO_DO = "changeover undo shop --again"


@pytest.fixture
def mended(host: Host) -> Path:
    """Give the file that lets the undo of a killed changeover succeed."""
    mended, file = host.world / "mended", host.world / "file"
    peer = host.open()
    peer.step("site.publish", f"echo new > {file}", save=[str(file)])
    peer.step("migrate.forward", "true", undo=f"echo try; [ -e {mended} ]")
    peer.step("activate.release", "true", undo=f"echo x >> {host.world}/newer")
    peer.kill()
    return mended


def test_it_stops_and_says_what_to_do(host: Host, mended: Path) -> None:
    code, said = host.undo()
    assert code == 1
    assert said.startswith("the undo of migrate.forward failed (exit 1):\ntry\n")
    assert f"Its journal is kept in {host.state}/undo.d" in said
    assert said.endswith(f"{WHAT_TO_DO}\n")
    assert (host.state / "stuck").read_text() == said.rstrip("\n") == host.status()["stuck"]
    assert (host.world / "file").read_text() == "new\n", "what is older waits"
    assert (host.world / "newer").read_text() == "x\n"
    assert host.outcomes() == [("shop-1", "stuck")]
    assert "the undo of migrate.forward failed" in host.ledger()[0]["why"]
    assert STOP not in host.calls()

    mended.touch()
    assert host.undo() == (0, "undone: r1 serves as before\n")
    assert (host.world / "newer").read_text() == "x\n", "what was undone is not undone again"
    assert not (host.world / "file").exists()
    assert host.status()["stuck"] is None
    assert host.outcomes() == [("shop-1", "undone")]
    assert (host.state / "ledger.jsonl").read_text().count("\n") == 2
    assert (host.journal(), host.calls()[-1]) == ([], STOP)


def test_it_gives_up_after_five_attempts_until_a_person_has_mended_it(
    host: Host, mended: Path
) -> None:
    for _ in range(5):
        assert host.undo()[0] == 1
        assert STOP not in host.calls()
    mended.touch()
    code, said = host.undo()
    assert code == 1
    assert said.startswith("changeover: given up after 5 attempts\nthe undo of migrate.forward")
    assert said.endswith(f"{WHAT_TO_DO}\n")
    assert (host.calls()[-1], host.journal()) == (STOP, ["undo.d"])
    assert (host.state / "ledger.jsonl").read_text().count("\n") == 1
    assert host.undo("--again")[0] == 0
    assert host.outcomes() == [("shop-1", "undone")]
    assert host.ledger()[0]["by"] == "a person"


def test_the_attempts_of_one_changeover_do_not_count_for_the_next(host: Host, mended: Path) -> None:
    for _ in range(5):
        host.undo()
    mended.touch()
    assert "again" in (host.hold("shop-2").hear() or {})
    second = host.open("shop-2")
    second.step("site.publish", f"echo newer > {host.world}/file", save=[f"{host.world}/file"])
    second.kill()
    assert host.undo()[0] == 0
    assert host.outcomes() == [("shop-1", "undone"), ("shop-2", "undone")]


def test_a_step_whose_undo_fails_is_stuck_at_once(host: Host) -> None:
    peer = host.open()
    peer.step("fetch.release", "exit 9", undo="exit 8")
    assert peer.ended() == "stuck"
    assert host.is_free(), "the guard can try"
    (record,) = host.ledger()
    said = "fetch.release failed; the undo of fetch.release failed (exit 8):"
    assert record["why"].startswith(said)


def test_an_app_that_does_not_come_back(host: Host) -> None:
    mended = host.world / "mended"
    peer = host.open(settle=f"[ -e {mended} ] || {{ echo shop is ill; exit 1; }}")
    peer.step("site.publish", "true", undo=f"echo x >> {host.world}/undone")
    assert peer.let_go() == "stuck"
    assert (
        "bringing the old release back failed (exit 1):\nshop is ill\n"
        in (host.state / "stuck").read_text()
    )
    mended.touch()
    assert host.undo()[0] == 0
    assert (host.world / "undone").read_text() == "x\n"
    assert host.outcomes() == [("shop-1", "undone")]


def test_a_committed_changeover_whose_end_fails(host: Host) -> None:
    mended = host.world / "mended"
    peer = host.open()
    peer.step("maintenance.close", "true", redo=f"[ -e {mended} ]", undo=f"touch {host.world}/bad")
    assert peer.commit() == "stuck"
    assert host.journal() == ["redo.d"]
    assert "the end of maintenance.close failed" in (host.state / "stuck").read_text()
    mended.touch()
    assert host.undo() == (0, "committed\n")
    assert not (host.world / "bad").exists()
    assert host.outcomes() == [("shop-1", "committed")]


@pytest.mark.parametrize(
    "state",
    [
        "active",
        *(pytest.param(one, marks=pytest.mark.slow) for one in ("deactivating", "activating")),
        "",
    ],
)
def test_nothing_is_undone_while_a_unit_of_a_step_is_not_seen_to_be_stopped(
    host: Host, state: str
) -> None:
    host.unit_state(state)
    peer = host.open()
    peer.step("migrate.forward", "true", stop=["changeover-shop-migrate.service"])
    peer.step("site.publish", "true", undo=f"touch {host.world}/undone")

    assert peer.let_go() == "stuck"

    assert "changeover-shop-migrate.service does not stop" in (host.state / "stuck").read_text()
    assert not (host.world / "undone").exists()
    host.unit_state("inactive")
    assert host.undo()[0] == 0
    assert (host.world / "undone").exists()


def test_nothing_is_undone_while_what_a_step_started_does_not_end(host: Host) -> None:
    peer = host.open()
    mended = host.world / "mended"
    peer.step("migrate.forward", "true", stop=f"[ -e {mended} ] || {{ echo still there; exit 1; }}")
    peer.step("site.publish", "true", undo=f"touch {host.world}/undone")

    assert peer.let_go() == "stuck"

    said = (host.state / "stuck").read_text()
    assert "ending what migrate.forward started failed (exit 1):\nstill there" in said
    assert not (host.world / "undone").exists()
    mended.touch()
    assert host.undo()[0] == 0
    assert (host.world / "undone").exists()
