"""What runs once runs once: it is on the record before it begins, whatever happens then."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.unit.package import host_program

PROGRAM = host_program("changeover")
ABOUT = {"operator": "ann", "controller": "laptop", "to": {"release": "r1"}}
# stands for systemd-run: what runs is noted, with what it could read in the ledger meanwhile
RUN = """#!/bin/sh
unit=; user=
while [ "$1" != -- ]; do
    case $1 in --unit=*) unit=${1#--unit=} ;; User=*) user=${1#User=} ;; esac
    shift
done
shift
tail -n 1 "$LEDGER" 2> /dev/null | grep -o '"outcome": "[a-z]*"' >> "$NOTES"
echo "$unit $user $*" >> "$NOTES"
exec "$@"
"""


@dataclass
class Site:
    """A host that carries the app ``shop``."""

    folder: Path

    @property
    def state(self) -> Path:
        return self.folder / "shop"

    @property
    def notes(self) -> list[str]:
        path = self.folder / "notes"
        return path.read_text().splitlines() if path.exists() else []

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.state / "ledger.jsonl").read_text().splitlines()]

    def once(
        self,
        *commands: dict[str, Any],
        again: str = "",
        done: str = "",
        output: int = subprocess.PIPE,
    ) -> tuple[int, str]:
        """Run the program as the controller's script does; return how it ended and what it said."""
        asked = {
            "folder": "/",
            "environment": "/e",
            "shared": "/s",
            "about": ABOUT,
            "again": again,
            "done": done,
            "commands": commands,
        }
        words = ["--state-folder", self.folder, "--run-folder", self.folder, "once", "shop"]
        ended = subprocess.run(
            [sys.executable, "-I", str(PROGRAM), *map(str, words)],
            input=json.dumps(asked),
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
            env={
                "PATH": f"{self.folder}:{os.environ['PATH']}",
                "NOTES": str(self.folder / "notes"),
                "LEDGER": str(self.state / "ledger.jsonl"),
            },
        )
        return ended.returncode, (ended.stdout or "") + ended.stderr


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "shop").mkdir()
    program = tmp_path / "systemd-run"
    program.write_text(RUN)
    program.chmod(0o755)
    return Site(tmp_path)


def command(name: str, *words: str, rehearse: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"name": name, "words": words, "rehearse": rehearse, "seconds": 60}


GREET = command("greet", "echo", "hello", rehearse=("echo", "would", "greet"))


def test_it_is_rehearsed_then_recorded_then_run_then_recorded(site: Site) -> None:
    code, said = site.once(GREET)

    assert code == 0, said
    assert site.notes == [
        "changeover-shop-once shop echo would greet",
        '"outcome": "began"',
        "changeover-shop-once shop echo hello",
    ]
    began, done = site.records()
    assert began["id"] == done["id"]
    assert (began["outcome"], done["outcome"]) == ("began", "done")
    assert (done["kind"], done["once"], done["operator"]) == ("once greet", "greet", "ann")
    assert done["to"] == {"release": "r1"}
    assert "would greet" in said
    assert "hello" in said


def test_it_is_not_run_again(site: Site) -> None:
    site.once(GREET)

    code, said = site.once(GREET)

    assert (code, len(site.notes)) == (0, 3)
    assert "greet: done already" in said


def test_one_that_fails_is_said_and_stops_those_after_it(site: Site) -> None:
    code, said = site.once(command("greet", "sh", "-c", "echo half; exit 4"), command("b", "true"))

    assert code == 1
    assert "once greet: exit status 4; it is not run again by itself" in said
    assert "--data shop_once=again:greet or done:greet" in said
    assert "half" in said
    assert [record["outcome"] for record in site.records()] == ["began", "failed"]
    assert site.records()[-1]["why"] == "exit status 4"


def test_a_failed_rehearsal_begins_nothing_and_may_be_tried_again(site: Site) -> None:
    code, said = site.once(command("greet", "true", rehearse=("false",)))

    assert code == 1
    assert "its rehearsal failed, so it was not begun" in said
    assert not (site.state / "ledger.jsonl").exists()
    assert site.once(GREET)[0] == 0


@pytest.mark.parametrize("outcome", ["began", "failed"])
def test_one_that_began_is_repeated_only_when_a_person_says_so(site: Site, outcome: str) -> None:
    record = {"id": "x", "once": "greet", "outcome": outcome, "began": "yesterday"}
    (site.state / "ledger.jsonl").write_text(json.dumps(record) + "\n")

    code, said = site.once(GREET)
    assert (code, site.notes) == (1, [])
    assert f"{outcome}, and not run again by itself" in said

    assert site.once(GREET, again="another")[0] == 1
    assert site.once(GREET, again="greet")[0] == 0
    assert site.records()[-1]["outcome"] == "done"
    assert site.records()[-1]["id"] != "x"


def test_a_person_can_say_that_it_is_done(site: Site) -> None:
    code, _ = site.once(GREET, command("b", "true"), done="greet")

    assert code == 0
    assert site.notes[-1].endswith("true")
    assert len(site.notes) == 2
    first = site.records()[0]
    assert (first["outcome"], first["why"]) == ("done", "said to be done by ann")


def test_one_that_takes_too_long_is_told_to_be_stopped(site: Site) -> None:
    slow = {**command("greet", "sh", "-c", "sleep 1.1; exit 1"), "seconds": 1}

    code, said = site.once(slow)

    assert code == 1
    assert "once greet: it took over 1 s" in said


def test_it_is_recorded_also_when_nobody_listens_any_more(site: Site) -> None:
    listening, speaking = os.pipe()
    os.close(listening)  # as when the controller is gone

    site.once(command("greet", "echo", "hello"), output=speaking)

    assert [record["outcome"] for record in site.records()] == ["began", "done"]
