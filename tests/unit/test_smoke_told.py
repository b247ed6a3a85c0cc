"""Status and undo through pyinfra's own command line, and what an open changeover refuses."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.fleet import Fleet
from tests.unit.plans.world import fresh, serving
from tests.unit.test_smoke import run

ABOUT = {"id": "playmaker-1", "operator": "alice", "controller": "laptop", "phase": "build"}
LIVE = {"what": "release", "since": time.time()}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    """Return hosts that are well, released to, left in the middle, and fresh."""
    fleet = Fleet(tmp_path_factory.mktemp("told"))
    play = serving(fleet.target("playmaker"))
    closed = replace(play, maintenance="by a release", open_changeover=ABOUT)
    fleet.host("both", {"playmaker": play, "hello": serving(fleet.target("hello"))})
    fleet.host("live", {"playmaker": replace(closed, held=LIVE)})
    fleet.host("left", {"playmaker": closed})
    fleet.host("fresh", {"playmaker": fresh()}, playmaker_no_such_setting=1)
    return fleet


def test_status_tells_of_every_app_of_every_host(fleet: Fleet) -> None:
    done = fleet.run("status", "-y", "--data", "json=true")

    assert done.returncode == 0, done.stderr
    hosts = {found["host"]: found for found in json.loads(done.stdout)["hosts"]}
    apps = {name: [app["app"] for app in found["apps"]] for name, found in hosts.items()}
    assert apps == {
        "@fake/both": ["hello", "playmaker"],
        "@fake/live": ["playmaker"],
        "@fake/left": ["playmaker"],
        "@fake/fresh": ["playmaker"],
    }
    assert hosts["@fake/live"]["apps"][0]["hold"]["operator"] == "alice"
    assert any("no_such_setting" in p for p in hosts["@fake/fresh"]["apps"][0]["problems"])
    assert fleet.executed() == []


def test_status_is_text_for_people_and_needs_no_confirmation_with_dry(fleet: Fleet) -> None:
    done = fleet.run("status", "--dry")

    assert done.returncode == 0, done.stderr
    assert "alice@laptop releases it for" in done.stdout
    assert "-->" not in done.stdout


def test_undo_without_a_word_only_tells(fleet: Fleet) -> None:
    done = run(fleet, "undo", "-y")

    assert done.code == 0, done.text
    assert "break it: deploys/undo.py --data changeover_break=playmaker-1" in done.text
    assert "playmaker: Changeover playmaker-1 of alice@laptop was interrupted." in done.text
    assert done.executed == []


def test_a_word_that_is_none_and_a_changeover_that_is_nowhere_are_refused(fleet: Fleet) -> None:
    wrong = run(fleet, "undo", "-y", "--data", "undo=agian")
    nowhere = run(fleet, "undo", "-y", "--data", "changeover_break=hello-1")

    assert wrong.code == nowhere.code == 1
    assert "undo: give --data undo=again" in wrong.text
    assert "hello-1 is open on none of these hosts: nothing was done" in nowhere.text
    assert fleet.executed() == []


def test_what_was_left_is_undone_and_a_live_release_is_not(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    play = replace(serving(fleet.target("playmaker")), open_changeover=ABOUT)
    fleet.host("live", {"playmaker": replace(play, held=LIVE)})
    fleet.host("left", {"playmaker": play})

    again = run(fleet, "undo", "-y", "--data", "undo=again")

    assert again.code == 1
    assert again.executed == [
        ("left", "/usr/local/lib/changeover/changeover undo playmaker --again")
    ]
    broken = run(fleet, "undo", "-y", "--data", "changeover_break=playmaker-1")
    words = "/usr/local/lib/changeover/changeover break playmaker playmaker-1 "
    assert [(host, script[: len(words)]) for host, script in broken.executed[1:]] == [
        ("live", words)
    ]


def test_nothing_is_done_by_hand_over_an_open_changeover(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    play = serving(fleet.target("playmaker"))
    closed = replace(play, maintenance="by a release", open_changeover=ABOUT)
    fleet.host("live", {"playmaker": replace(closed, held=LIVE, files={})})
    fleet.host("left", {"playmaker": closed})

    for deploy, words in (
        ("maintenance", ("--data", "maintenance=off")),
        ("maintenance", ("--data", "maintenance=on")),
        ("provision", ("--limit", "@fake/live")),
        ("release", ("--limit", "@fake/live")),
    ):
        done = run(fleet, deploy, "-y", *words)
        assert done.code == 1, deploy
        assert done.text.count("playmaker is being released by alice from laptop") == 1
        assert "left" not in done.steps or "not undone yet" in done.text
    assert fleet.executed() == []
