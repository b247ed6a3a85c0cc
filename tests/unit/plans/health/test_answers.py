"""What an app answers is the app's: too long, too slow or too deep, it only counts as not well."""

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from changeover.plans import health
from changeover.plans.probe import probe_script
from changeover.plans.probe_answer import parse_snapshot
from changeover.plans.settle import settle_script
from tests.unit.answering import Answering, Speak, answering, answering_by_socket
from tests.unit.plans.probe.test_probe import QUESTION
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import V2, serving, target

SOCKET = "/run/changeover/playmaker/playmaker.sock"
WELL = {"release": V2.id, "schema": "0001"}


def whole(**more: object) -> bytes:
    body = json.dumps(WELL | more).encode()
    return b"HTTP/1.0 200 OK\r\n\r\n" + body


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def trickling(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + whole()[19:])
    while True:
        time.sleep(0.2)
        connection.sendall(b" ")


def heading(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.0 200 OK\r\n")
    while True:
        connection.sendall(b"X-Header: x\r\n")


@pytest.fixture
def app() -> Iterator[Answering]:
    with answering_by_socket() as server:
        yield server


def asked(shell: Shell, app: Answering, speak: Speak) -> "subprocess.CompletedProcess[str]":
    """Ask the app on the host whether it is well."""
    app.speak = speak
    script = health.local_script(target(health_timeout_seconds=1), serving(target()))
    shell.stub("journalctl", "exit 0")
    shell.stub("systemctl", "exit 1")
    return shell.try_(script.replace(SOCKET, app.path))


def test_an_answer_longer_than_a_command_line_is_an_answer(shell: Shell, app: Answering) -> None:
    done = asked(shell, app, lambda connection: connection.sendall(whole(more="x" * 300_000)))

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("speak", "said"),
    [
        (endless, "an answer of over 1 MiB"),
        (lambda one: one.sendall(whole(more="x" * 2_000_000)), "an answer of over 1 MiB"),
        (trickling, "its answer does not end"),
        (heading, "its answer does not end"),
        (lambda one: one.sendall(whole(release="y" * 9_000)), "instead of '222"),
        (lambda one: one.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + b"[" * 500_000), "release None"),
    ],
    ids=["endless", "large", "slow", "headers", "long value", "deep"],
)
def test_what_is_no_answer_is_said_in_a_line(
    shell: Shell, app: Answering, speak: Speak, said: str
) -> None:
    done = asked(shell, app, speak)

    assert done.returncode == 1
    first = done.stderr.splitlines()[0]
    assert first.startswith("playmaker is not healthy after 1 s: ")
    assert said in first
    assert len(done.stderr) < 600


@pytest.mark.parametrize(
    ("speak", "code", "known"),
    [
        (lambda one: one.sendall(whole()), 200, True),
        (endless, 0, False),
        (trickling, 0, False),
        (heading, 0, False),
        (lambda one: one.sendall(whole(more="x" * 200_000)), 0, False),
        (lambda one: one.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + b"[" * 100_000), 200, False),
        (lambda one: one.sendall(b"no status"), 0, False),
        (lambda one: one.sendall(whole(release=["x"] * 9_000, schema={})), 200, False),
    ],
    ids=["well", "endless", "slow", "headers", "large", "deep", "no status", "no texts"],
)
def test_a_probe_reads_so_much_and_no_more(
    shell: Shell, speak: Speak, code: int | None, known: bool
) -> None:
    for name in ("nginx", "dpkg-query", "systemctl"):
        shell.stub(name, "exit 1")
    with answering() as nginx:
        nginx.speak = speak
        shell.listens(nginx.port)
        said = shell.probe(probe_script(replace(QUESTION, domain="play.example")))

    assert len(said) < 10_000
    found = parse_snapshot(said.splitlines()).site_health
    assert (found.status if found else None) == code
    assert bool(found and found.body) is known


LOG = [
    {"MESSAGE": "of another", "_SYSTEMD_INVOCATION_ID": "old", "__REALTIME_TIMESTAMP": "9000000"},
    {"MESSAGE": "of before", "_SYSTEMD_INVOCATION_ID": "new", "__REALTIME_TIMESTAMP": "1000000"},
    {"MESSAGE": "of now", "_SYSTEMD_INVOCATION_ID": "new", "__REALTIME_TIMESTAMP": "9000000"},
    {"MESSAGE": [111, 107], "INVOCATION_ID": "new", "__REALTIME_TIMESTAMP": "9000000"},
]


def unwell(shell: Shell, app: Answering, systemctl: str) -> list[str]:
    """Return what is said of an app that is not well, whose unit is as systemctl says."""
    shell.stub("systemctl", systemctl)
    lines = "".join(f"{json.dumps(one)}\n" for one in LOG)
    shell.stub("journalctl", f"cat {shell.write('/var/lib/changeover/log', lines)}")
    noted = json.dumps({"at": 5, "invocation": "old"})
    shell.write(f"{target().paths.state}/restarted.json", noted)
    wanted = target(health_timeout_seconds=1)
    script = health.local_script(wanted, serving(target())).replace(SOCKET, app.path)
    done = shell.try_(script)
    assert done.returncode == 1
    return done.stderr.splitlines()


def test_nobody_who_answers_is_told_what_that_means_and_the_log_is_of_this_start(
    shell: Shell, app: Answering
) -> None:
    app.speak = lambda _: None
    states = 'case "$3" in NRestarts) echo 0 ;; *) echo active ;; esac'

    assert unwell(shell, app, states) == [
        "playmaker is not healthy after 1 s: nobody answers (status 000)",
        "playmaker.service runs, but the app does not answer on the socket that systemd hands over"
        " (file descriptor 3): it has to serve on that, and on no port of its own"
        ' (or give its Web(...) listens="port")',
        "the last lines of playmaker.service since this start:",
        "of now",
        "ok",
    ]


def test_an_address_that_is_not_there_is_named(shell: Shell, app: Answering) -> None:
    app.says(b"{}", "404 Not Found")

    said = unwell(shell, app, "exit 1")

    assert said[0].startswith("playmaker is not healthy after 1 s: status 404, ")
    assert said[1].startswith("asked for was /api/health: is that the health address of this app")


def test_a_unit_that_ends_again_and_again_is_told_at_once_and_waited_for(
    shell: Shell, app: Answering
) -> None:
    app.speak = lambda _: None
    count = shell.root / "restarts"
    states = f'case "$3" in NRestarts) echo x >> {count}; wc -l < {count} ;; *) echo failed ;; esac'

    said = unwell(shell, app, states)

    assert said[0] == (
        "playmaker.service has ended, and systemd starts it again; playmaker is asked for up to 1 s"
        " all the same"
    )
    assert said.count("of now") == 2
    assert "playmaker.service does not stay up: it is failed" in said


def test_the_time_that_a_restart_took_is_not_the_apps_to_answer_in(
    shell: Shell, app: Answering
) -> None:
    """The restart takes longer than the deadline; the app answers some questions later."""
    shell.stub("systemctl", 'case "$1" in restart) sleep 4 ;; esac')
    answers = iter([b""])
    app.speak = lambda one: one.sendall(next(answers, whole()))
    shell.stub("journalctl", "exit 0")
    shell.write("/var/lib/changeover/playmaker/.keep")
    text = settle_script(target(), serving(target())).replace('"seconds": 60,', '"seconds": 3,')

    done = shell.try_(f"steps='001-service.restart'\n{text.replace(SOCKET, app.path)}")

    assert (done.returncode, done.stderr) == (0, "")
    assert len(app.heard) == 2
