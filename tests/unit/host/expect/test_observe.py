"""What serves is looked at by one process: each part that fails is named, and stops no other."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.answering import Answering, answering_by_socket
from tests.unit.host.expecting import PROGRAM, expect

PAGE = {"path": "/", "status": 200, "redirects_to": None, "contains": None, "max_ms": 9000}

STATES = "states() { echo web up 0; }"


@pytest.fixture
def app() -> Iterator[Answering]:
    with answering_by_socket() as server:
        yield server


@pytest.fixture
def asked(tmp_path: Path, app: Answering) -> dict[str, Any]:
    """Return what is asked of a release that is as expected."""
    (tmp_path / "a.log").write_text("fine\n")
    marked = tmp_path / "restarted.json"
    marked.write_text(json.dumps({"at": 5, "invocation": "", "files": {}}))
    return {
        "pages": {
            "pages": [PAGE],
            "site": {
                "domain": "play.example",
                "scheme": "https",
                "socket": app.path,
                "site_enabled": str(tmp_path / "play.conf"),
                "certificate": "",
            },
            "app": "play",
            "maintenance": str(tmp_path / "maintenance"),
            "bypass": str(tmp_path / "bypass.conf"),
        },
        "engine": {
            "title": "engine",
            "label": "play",
            "functions": f"own_processes() {{ echo {os.getpid()}; }}\n{STATES}",
        },
        "running": {"seconds": 0},
        "code": {"root": str(tmp_path), "release": "r1"},
        "log": {
            "logs": [
                {
                    "journals": [],
                    "files": [str(tmp_path / "a.log")],
                    "pattern": "ERROR",
                    "allowed": 0,
                }
            ],
            "user": "",
            "marked": str(marked),
            "after": 0,
        },
    }


def wrong(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the same where nothing is as expected."""
    Path(asked["log"]["logs"][0]["files"][0]).write_text("ERROR\n")
    down = "states() { echo web up 0; echo worker down 3; }; last_lines() { echo no broker >&2; }"
    functions = {"functions": f"own_processes() {{ :; }}\n{down}"}
    page = {**PAGE, "status": 201}
    return asked | {
        "pages": asked["pages"] | {"pages": [page]},
        "engine": asked["engine"] | functions,
    }


def test_what_is_as_expected_is_not_mentioned(asked: dict[str, Any], app: Answering) -> None:
    assert expect(asked, "observe") == []
    assert {one["X-Forwarded-Proto"] for one in app.headers} == {"https"}


def test_all_is_looked_at_even_if_the_first_is_not_as_expected(asked: dict[str, Any]) -> None:
    page, running, code, log = expect(wrong(asked), "observe")

    assert running == "worker does not run\nno broker"
    assert page == "page /: expected status 201, found 200"
    assert code == "nothing of the app runs"
    assert log.startswith("the log of the app has 1 line with errors since the restart")


@pytest.mark.parametrize("part", ["pages", "running", "code", "log"])
def test_only_what_is_asked_is_looked_at(asked: dict[str, Any], part: str) -> None:
    every = wrong(asked)

    assert len(expect({key: every[key] for key in (part, "engine")}, "observe")) == 1


def said(asked: dict[str, Any]) -> list[str]:
    command = [sys.executable, "-I", str(PROGRAM), "observe"]
    done = subprocess.run(
        command, input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    return done.stderr.splitlines()


def test_a_part_that_cannot_be_looked_at_is_named_and_the_others_are(
    asked: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "maintenance").touch()
    assert expect(asked, "observe") == [], "past nginx, no page is closed"
    (tmp_path / "play.conf").touch()
    functions = "own_processes() { echo cannot tell >&2; return 1; }\nstates() { echo web; }"
    bad = asked | {"engine": asked["engine"] | {"functions": f"set -e\n{functions}"}}
    Path(asked["log"]["marked"]).write_text("{torn")

    found = said(bad)

    assert len(found) == 5
    assert found[0] == "cannot tell"
    assert found[1].startswith("expect pages: [Errno 2] No such file or directory: ")
    for part, line in (("running", found[2]), ("code", found[3])):
        assert line == f"expect {part}: the process engine does not tell what runs"
    assert found[4].startswith(f"expect log: {tmp_path}/restarted.json, when the app was restarted")


def test_what_an_engine_says_is_not_guessed(asked: dict[str, Any]) -> None:
    odd = asked["engine"] | {"functions": f"own_processes() {{ echo 12 many; }}\n{STATES}"}

    (found,) = said(asked | {"engine": odd})

    assert found.startswith("expect code: invalid literal for int()")


def test_what_does_not_stay_up_while_it_is_looked_at_is_named(
    asked: dict[str, Any], tmp_path: Path
) -> None:
    count = f"{tmp_path}/count"
    functions = f'states() {{ echo x >> {count}; echo worker up "$(wc -l < {count})"; }}'
    engine = asked["engine"] | {"functions": f"{functions}\nlast_lines() {{ :; }}"}

    found = expect({"engine": engine, "running": {"seconds": 0.01}}, "observe")

    assert found == ["worker ends again and again, and engine starts it anew\n"]
    assert expect({"engine": engine, "running": {"seconds": 0}}, "observe") == []
