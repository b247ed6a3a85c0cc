"""An app is asked until it is well or its time ends; what it answers is the app's."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from changeover.host.expect import health
from changeover.host.visitor import request as requests
from tests.unit.answering import Answering, Speak, answering, answering_by_socket
from tests.unit.host.expecting import PROGRAM

WELL = {"release": "a", "schema": "1"}
BODY = json.dumps(WELL).encode()
ENGINE = """
started_at=
restarts() { echo 0; }
last_lines() { echo "the last lines since ${started_at:-its restart}" >&2; }
explain_silence() { echo "it is down"; }
"""
NOBODY = "nobody answers (status 000)"


@pytest.fixture
def app() -> Iterator[Answering]:
    with answering_by_socket() as server:
        server.says(BODY)
        yield server


@pytest.fixture
def nginx(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answering]:
    """Answer where the host's own nginx would."""
    with answering() as server:
        monkeypatch.setattr(requests, "_HTTP", server.port)
        server.says(BODY)
        yield server


@pytest.fixture
def told(tmp_path: Path, app: Answering) -> dict[str, Any]:
    """Return what the program is told of an app without a site."""
    return {
        "app": "play",
        "path": "/health",
        "expected": WELL,
        "seconds": 1,
        "site": {
            "domain": "play.example",
            "scheme": "http",
            "socket": app.path,
            "site_enabled": str(tmp_path / "play.conf"),
            "certificate": str(tmp_path / "tls"),
        },
        "maintenance": str(tmp_path / "maintenance"),
        "bypass": str(tmp_path / "bypass.conf"),
        "engine": {"title": "the engine", "label": "play.process", "functions": ENGINE},
    }


def ask(told: dict[str, Any], who: str = health.APP, since: float | None = None) -> bool:
    return health.is_well(who, health.asked(told, since))


def test_nothing_is_said_of_an_app_that_is_well(
    told: dict[str, Any], app: Answering, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(told)
    assert (capsys.readouterr(), len(app.heard)) == (("", ""), 1)


def test_one_that_becomes_well_in_time_is_well(
    told: dict[str, Any], app: Answering, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter([b"", b"HTTP/1.0 503 Later\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n{}"])
    well = b"HTTP/1.0 200 OK\r\n\r\n" + BODY
    app.speak = lambda one: one.sendall(next(answers, well))

    assert ask(told | {"seconds": 30})
    assert (capsys.readouterr(), len(app.heard)) == (("", ""), 4)


def _endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def _trickling(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + BODY)
    while True:
        time.sleep(0.1)
        connection.sendall(b" ")


@pytest.mark.parametrize(
    ("speak", "wrong"),
    [
        (_endless, "an answer of over 1 MiB"),
        (_trickling, "its answer does not end"),
        (lambda one: one.sendall(b"HTTP/1.0 200 OK\r\n"), "its answer does not end"),
        (lambda one: one.sendall(b"SSH-2.0-x\r\n"), NOBODY),
        (lambda one: one.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + b"[" * 500_000), "release None"),
        (lambda one: one.sendall(b"HTTP/1.0 500 Oh\r\n\r\n{}"), "status 500, release None"),
    ],
    ids=["endless", "slow", "cut", "other", "deep", "status"],
)
def test_what_is_wrong_is_said_with_the_end_of_the_log(
    told: dict[str, Any],
    app: Answering,
    speak: Speak,
    wrong: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "_SECONDS", 1.0)
    app.speak = speak

    assert not ask(told)
    first, *more = capsys.readouterr().err.splitlines()
    assert first.startswith(f"play is not healthy after 1 s: {wrong}")
    assert more[-1] == "the last lines since its restart"
    assert ("it is down" in more) is (wrong == NOBODY)


def test_an_undo_tells_since_when_it_started_the_app(
    told: dict[str, Any], app: Answering, capsys: pytest.CaptureFixture[str]
) -> None:
    app.says(b"{}")

    assert not ask(told, since=1767500000.25)
    said = capsys.readouterr().err
    assert said.endswith("the last lines since 1767500000.250000\n")


def test_an_address_that_is_not_there_is_named(
    told: dict[str, Any], app: Answering, capsys: pytest.CaptureFixture[str]
) -> None:
    app.says(b"{}", "404 Not Found")

    assert not ask(told)
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("play is not healthy after 1 s: status 404, ")
    assert said[1].startswith("asked for was /health: is that the health address of this app")


def test_an_app_that_ends_is_told_at_once_and_once_and_waited_for(
    told: dict[str, Any], app: Answering, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count = tmp_path / "count"
    functions = f"{ENGINE}restarts() {{ echo x >> {count}; wc -l < {count}; }}\n"
    app.speak = lambda _: None

    assert not ask(told | {"engine": told["engine"] | {"functions": functions}})
    said = capsys.readouterr().err.splitlines()
    assert said[:3] == [
        "play.process has ended, and the engine starts it again; play is asked for up to 1 s"
        " all the same",
        "the last lines since its restart",
        f"play is not healthy after 1 s: {NOBODY}",
    ]
    assert sum("has ended" in line for line in said) == 1


def test_that_an_app_ends_is_told_of_its_site_too(
    told: dict[str, Any], nginx: Answering, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count = tmp_path / "count"
    functions = f"{ENGINE}restarts() {{ echo x >> {count}; wc -l < {count}; }}\n"
    wanted = told | {"engine": told["engine"] | {"functions": functions}}

    assert ask(wanted, health.SITE)
    assert not count.exists(), "nobody asks the engine of what is well"
    nginx.says(b"", "502 Bad Gateway")
    assert not ask(wanted, health.SITE)
    said = capsys.readouterr().err
    assert said.count("play.process has ended, and the engine starts it again; play.example") == 1


@pytest.mark.parametrize("functions", ["restarts() { :; }", "restarts() { exit 3; }", "exit 1"])
def test_an_engine_that_counts_nothing_is_no_ended_app(
    told: dict[str, Any], app: Answering, functions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    app.speak = lambda _: None

    assert not ask(told | {"engine": told["engine"] | {"functions": f"{ENGINE}{functions}\n"}})
    assert "has ended" not in capsys.readouterr().err


def test_the_site_is_asked_after_the_app_where_one_is_published(
    told: dict[str, Any], nginx: Answering, capsys: pytest.CaptureFixture[str]
) -> None:
    nginx.says(b"{}", "502 Bad Gateway")

    assert ask(told, health.BOTH)
    Path(told["site"]["site_enabled"]).write_text("server {}\n")
    assert ask(told, health.APP)
    assert nginx.heard == []
    assert not ask(told, health.BOTH)
    said = capsys.readouterr().err
    assert said.startswith("play.example is not healthy after 1 s: status 502, release None")


def test_an_app_that_is_not_well_is_not_asked_through_its_site(
    told: dict[str, Any], app: Answering, nginx: Answering
) -> None:
    Path(told["site"]["site_enabled"]).write_text("server {}\n")
    app.says(b"{}")

    assert not ask(told, health.BOTH)
    assert nginx.heard == []


@pytest.mark.parametrize("closed", [False, True])
def test_a_closed_site_is_asked_with_the_bypass_and_an_open_one_as_a_visitor(
    told: dict[str, Any], nginx: Answering, closed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    if closed:
        Path(told["maintenance"]).touch()
    Path(told["bypass"]).write_text('"a-secret" 1;\n')
    nginx.says(b"{}")

    assert not ask(told, health.SITE)
    assert nginx.headers[0].get("Cookie") == ("changeover_bypass_play=a-secret" if closed else None)
    name = "play.example with the bypass" if closed else "play.example"
    said = capsys.readouterr().err
    assert said.startswith(f"{name} is not healthy")
    assert "a-secret" not in said


def test_why_nobody_answers_for_the_site_is_said(
    told: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(requests, "_HTTP", 1)

    assert not ask(told, health.SITE)
    said = capsys.readouterr().err
    assert f"{NOBODY}: [Errno 111] Connection refused" in said
    assert "it is down" not in said


def test_it_is_asked_as_a_process_with_json_on_standard_input(
    told: dict[str, Any], app: Answering
) -> None:
    def run() -> tuple[int, str, str]:
        command = [sys.executable, "-I", str(PROGRAM), "health", "app", "--since", "5"]
        done = subprocess.run(
            command, input=json.dumps(told), capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout, done.stderr

    assert run() == (0, "", "")
    app.says(b"{}")
    status, said, problems = run()
    assert (status, said) == (1, "")
    assert problems.endswith("the last lines since 5.000000\n")
