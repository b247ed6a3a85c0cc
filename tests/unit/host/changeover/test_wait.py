"""Who meets an undo at work waits for its end, and is told for whom and since when."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.unit.host.changeover.machine import Host, Peer

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
RELEASE = rf"the release of shop by ann from laptop since {TIME}"


def slow(host: Host) -> str:
    """Return an undo that lasts until it may end."""
    return f"touch {host.world}/undoes; until [ -e {host.world}/go ]; do sleep 0.02; done"


def hang_up(peer: Peer) -> None:
    assert peer.process.stdin is not None
    peer.process.stdin.close()


@pytest.fixture
def dying(host: Host) -> Peer:
    """Give a hold whose controller has died, and whose undo lasts until it may end."""
    peer = host.open()
    assert peer.step("migrate.forward", "true", undo=slow(host))[0] == 0
    hang_up(peer)
    host.wait_for(host.world / "undoes")
    return peer


def test_a_release_waits_for_the_undo_of_another(host: Host, dying: Peer) -> None:
    second = host.hold("shop-2")
    said, _ = second.answer("waits")
    by = rf"the undo of {RELEASE}, by its own process since {TIME}; 7200 s at most"
    assert re.fullmatch(by, said)
    assert host.outcomes() == []
    (host.world / "go").touch()
    assert second.answer("opened")[0] == "shop-2"
    assert dying.ended() == "undone"
    assert second.commit() == "committed"
    assert host.outcomes() == [("shop-1", "undone"), ("shop-2", "committed")]


def test_a_controller_that_dies_while_it_waits_leaves_nobody_behind(
    host: Host, dying: Peer
) -> None:
    second = host.hold("shop-2")
    assert second.answer("waits")
    hang_up(second)
    assert second.refused() == "the controller let go"
    (host.world / "go").touch()
    assert dying.ended() == "undone"
    assert host.outcomes() == [("shop-1", "undone")]


@pytest.mark.parametrize("words", [(), ("--again",)], ids=["the guard", "a person"])
def test_the_undo_of_a_hold_that_was_killed_is_named(
    host: Host, words: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    first = host.open()
    first.step("migrate.forward", "true", undo=slow(host))
    first.kill()
    undo = host.start("undo", "shop", *words)
    host.wait_for(host.world / "undoes")
    second = host.hold("shop-2")
    by = request.node.callspec.id
    assert re.match(rf"the undo of {RELEASE}, by {by} since {TIME};", second.answer("waits")[0])
    assert host.changeover("break", "shop", "shop-1", "bob").stderr.startswith(
        "changeover: nothing to break: the undo of the release of shop by ann from laptop"
    )
    (host.world / "go").touch()
    assert undo.wait(20) == 0
    assert second.answer("opened")[0] == "shop-2"


def test_what_a_release_completes_after_its_commit_is_waited_for(host: Host) -> None:
    first = host.open()
    first.step("maintenance.close", "true", redo=slow(host))
    first.say(json.dumps({"commit": {}}))
    host.wait_for(host.world / "undoes")
    second = host.hold("shop-2", generation="shop-1")
    assert re.match(rf"the completion of {RELEASE}, by its own", second.answer("waits")[0])
    (host.world / "go").touch()
    assert first.ended() == "committed"
    assert second.answer("opened")[0] == "shop-2"


def test_a_person_who_undoes_waits_for_who_does_it_already(host: Host, dying: Peer) -> None:
    again = host.start("undo", "shop", "--again")
    with pytest.raises(subprocess.TimeoutExpired):
        again.wait(1)
    (host.world / "go").touch()
    said, _ = again.communicate(timeout=20)
    assert (again.returncode, said) == (0, "nothing is open: undone by release\n")
    assert dying.ended() == "undone"


def test_a_live_release_says_in_its_lock_what_it_does(host: Host) -> None:
    peer = host.open()
    peer.step("build.assets", "true")
    held = host.status()["holder"]
    assert re.fullmatch(rf"{RELEASE}, now in phase build", held["said"])
    known = (held["operator"], held["controller"], held["phase"], held["id"], held["pid"])
    assert known == ("ann", "laptop", "build", "shop-1", peer.process.pid)


def test_the_locks_folder_is_roots_alone(host: Host) -> None:
    assert not host.lock.parent.exists()  # as after a boot
    peer = host.open()
    assert host.lock.parent.stat().st_mode & 0o777 == 0o700
    assert peer.let_go() == "undone"
    host.lock.parent.chmod(0o755)
    assert host.open().let_go() == "undone"
    assert host.lock.parent.stat().st_mode & 0o777 == 0o700


def test_a_link_in_place_of_the_locks_folder_is_not_followed(host: Host, tmp_path: Path) -> None:
    host.lock.parent.symlink_to(tmp_path)
    assert "changeover-locks is not a folder of ours" in host.hold().refused()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a second user")
def test_an_apps_user_cannot_stall_a_release(host: Host) -> None:
    assert host.open().let_go() == "undone"
    for folder in (host.run, *host.run.parents[:3]):
        folder.chmod(0o755)
    held = ["flock", "-n", str(host.lock), "sleep", "20"]
    child = subprocess.Popen(held, user=65534, group=65534, cwd="/", stderr=subprocess.DEVNULL)
    assert child.wait(30) != 0
    assert host.open("shop-2").let_go() == "undone"
