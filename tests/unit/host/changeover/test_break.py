"""Breaking a live release: the hold undoes; one that does not react is killed, and undone."""

import json
import os
import signal
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from changeover.host.changeover import breaking, cli, ledger, words
from changeover.host.changeover import lock as changeover_lock
from changeover.host.files import Failure
from tests.unit.package import host_program

PROGRAM = host_program("changeover")
ABOUT: dict[str, Any] = {
    "id": "shop-1",
    "operator": "alice",
    "closing": "maintenance.close",
    "from": None,
    "settle": "true",
}


class Release:
    """A hold with one step taken, and the file that the step made."""

    def __init__(self, folder: Path) -> None:
        self.options = Namespace(
            app="shop", id="shop-1", by="bob@desk",
            state_folder=str(folder / "state"), run_folder=str(folder / "run"),
        )  # fmt: skip
        self.state = folder / "state" / "shop"
        self.made = folder / "made"
        self.state.mkdir(parents=True)
        (folder / "run").mkdir()
        folders = ("--state-folder", folder / "state", "--run-folder", folder / "run")
        self.process = subprocess.Popen(
            [sys.executable, "-I", PROGRAM, *folders, "hold", "shop"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.say(
            version=words.version(),
            silence=60,
            generation="",
            stamp="",
            saw_open=False,
            scope="",
            about=ABOUT,
        )
        assert self.hear()["opened"] == "shop-1"
        step = {"name": "x.make", "phase": "x", "do": f"touch {self.made}", "limit": 9, "save": []}
        self.say(step=step | {"undo": f"rm -f {self.made}"})
        assert self.hear()["done"] == 0
        assert self.made.exists()

    def say(self, **message: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout
        while not (line := self.process.stdout.readline()).strip():
            assert line, "the line ended"
        return dict(json.loads(line))

    def record(self) -> dict[str, Any]:
        (found,) = ledger.read(self.state)
        return found


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Release]:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "systemctl").write_text("#!/bin/sh\nexit 0\n")
    (programs / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    found = Release(tmp_path)
    yield found
    found.process.kill()
    found.process.wait()


def test_the_hold_undoes_and_says_who_broke_it(
    release: Release, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli._break(release.options) == 0

    ended = release.hear()
    assert ended["ended"] == "undone"
    assert ended["said"].startswith("broken by bob@desk (deploys/undo.py)\nundone: ")
    assert not release.made.exists()
    assert release.record()["broken_by"] == "bob@desk"
    assert release.record()["why"] == "broken by bob@desk"
    assert capsys.readouterr().out == "shop-1 is undone: broken by bob@desk\n"


def test_a_hold_that_does_not_react_is_killed_and_its_changeover_undone(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaking, "_IDLE_SECONDS", 0.3)
    release.process.send_signal(signal.SIGSTOP)

    assert cli._break(release.options) == 0

    assert release.process.wait(timeout=30) == -signal.SIGKILL
    assert not release.made.exists()
    assert (release.record()["outcome"], release.record()["by"]) == ("undone", "a person")
    assert release.record()["why"] == "broken by bob@desk"


def test_an_undo_that_takes_long_is_waited_for(
    release: Release, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(changeover_lock, "UNDO_SECONDS", 0.5)
    step = {"name": "x.slow", "phase": "x", "do": "true", "limit": 9, "save": []}
    release.say(step=step | {"undo": "sleep 3"})
    assert release.hear()["done"] == 0

    assert cli._break(release.options) == 0

    assert capsys.readouterr().out == "shop-1 is undone: broken by bob@desk\n"


def test_another_id_breaks_nothing(release: Release) -> None:
    release.options.id = "shop-2"

    with pytest.raises(Failure, match="shop-2 does not hold shop; shop-1 does"):
        cli._break(release.options)

    assert release.made.exists()
    assert release.process.poll() is None


def test_status_tells_of_a_live_release_without_waiting_for_it(
    release: Release, capsys: pytest.CaptureFixture[str]
) -> None:
    release.options.records = 5
    cli._status(release.options)
    told = json.loads(capsys.readouterr().out)

    assert told["holder"]["what"] == "release"
    assert (told["open"]["id"], told["open"]["phase"]) == ("shop-1", ["x"])
    assert told["open"]["steps"] == ["001-x.make"]
    assert "settle" not in told["open"]
    assert (told["version"], told["stuck"], told["ledger"]) == (words.version(), None, [])


@pytest.mark.parametrize("name", ["001-x.make.json", "about.json"])
def test_status_tells_of_a_damaged_journal(
    release: Release, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    release.options.records = 5
    (release.state / "undo.d" / name).write_text('{"cut')
    cli._status(release.options)

    told = json.loads(capsys.readouterr().out)

    assert f"{name} is damaged or missing" in told["open"]["problem"]


def test_nothing_that_is_not_live_is_broken(release: Release) -> None:
    assert release.process.stdin
    release.process.stdin.close()
    release.process.wait(timeout=30)

    with pytest.raises(Failure, match="nobody releases shop: there is nothing to break"):
        cli._break(release.options)
