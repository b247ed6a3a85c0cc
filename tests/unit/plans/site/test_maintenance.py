"""Closing and opening: a release opens only what a release has closed."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from changeover.plans import maintenance
from changeover.plans.maintenance import BY_HAND, BY_RELEASE
from tests.unit.answering import Answering, answering
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import V3, serving, target, with_release

STATE = "/var/lib/changeover/playmaker"
SOMEBODY = "the auditors are here"


@pytest.mark.parametrize(
    ("flag", "why", "closes"),
    [
        (None, BY_RELEASE, True),
        (BY_RELEASE, BY_RELEASE, False),
        (BY_HAND, BY_RELEASE, False),
        (SOMEBODY, BY_RELEASE, False),
        ("", BY_RELEASE, False),
        (None, BY_HAND, True),
        (BY_HAND, BY_HAND, False),
        (BY_RELEASE, BY_HAND, True),
    ],
)
def test_closing_before_a_migration(flag: str | None, why: str, closes: bool) -> None:
    wanted = target(commit=V3)
    snapshot = replace(with_release(serving(target()), wanted), maintenance=flag)

    assert maintenance.decide_close(wanted, snapshot, why).needed is closes


@pytest.mark.parametrize(
    ("flag", "why", "opens"),
    [
        (None, BY_RELEASE, False),
        (BY_RELEASE, BY_RELEASE, True),
        (BY_HAND, BY_RELEASE, False),
        (SOMEBODY, BY_RELEASE, False),
        ("", BY_RELEASE, False),
        (None, BY_HAND, False),
        (BY_RELEASE, BY_HAND, True),
        (BY_HAND, BY_HAND, True),
        (SOMEBODY, BY_HAND, True),
        ("", BY_HAND, True),
    ],
)
def test_opening(flag: str | None, why: str, opens: bool) -> None:
    snapshot = replace(serving(target()), maintenance=flag)

    assert maintenance.decide_open(snapshot, why).needed is opens


@pytest.fixture
def nginx(shell: Shell) -> Iterator[Answering]:
    """Answer where the host's own nginx would."""
    shell.write(f"{STATE}/.keep")
    with answering() as server:
        shell.listens(server.port)
        server.says(b"closed", "503 Service Unavailable")
        yield server


def test_the_flag_says_who_closed_the_site(shell: Shell, nginx: Answering) -> None:
    shell.run(maintenance.close_script(target(), BY_HAND))

    assert (shell / f"{STATE}/maintenance").read_text() == "by hand\n"
    assert (shell / f"{STATE}/maintenance").stat().st_mode & 0o777 == 0o644
    (asked,) = nginx.headers
    assert asked["Host"] == "play.example"
    assert "Cookie" not in asked


def test_it_is_asked_by_the_name_that_is_published(shell: Shell, nginx: Answering) -> None:
    shell.run(maintenance.close_script(target(), BY_HAND, "old.example"))
    assert nginx.headers[0]["Host"] == "old.example"

    shell.run(maintenance.close_script(target(), BY_HAND, ""))
    assert len(nginx.heard) == 1, "nothing is published, so nobody reaches the app"


@pytest.mark.parametrize("status", ["200 OK", "301 Moved", "404 Not Found"])
def test_a_site_that_goes_on_answering_is_a_failure_and_no_flag_stays(
    shell: Shell, nginx: Answering, status: str
) -> None:
    nginx.says(b"x" * 20_000_000, status)

    done = shell.try_(maintenance.close_script(target(), BY_RELEASE))

    assert done.returncode == 1
    assert f"play.example answers {status[:3]} although it was closed" in done.stderr
    assert not (shell / f"{STATE}/maintenance").exists()


def test_where_nothing_listens_nobody_can_write(shell: Shell) -> None:
    shell.stub("systemctl", "echo inactive")
    shell.write(f"{STATE}/.keep")

    said = shell.run(maintenance.close_script(target(), BY_RELEASE))

    assert "nginx does not answer" in said
    assert (shell / f"{STATE}/maintenance").exists()


def test_a_host_that_cannot_ask_knows_nothing_and_no_flag_stays(shell: Shell) -> None:
    shell.write("/usr/local/lib/changeover/expect", "#!/bin/sh\nexit 2\n", 0o755)
    shell.write(f"{STATE}/.keep")

    done = shell.try_(maintenance.close_script(target(), BY_RELEASE))

    assert done.returncode == 1
    assert done.stderr.startswith(
        "play.example cannot be asked whether it is closed; if the host's"
    )
    assert not (shell / f"{STATE}/maintenance").exists()


def test_opening_removes_the_flag_and_may_be_done_twice(shell: Shell) -> None:
    flag = shell.write(f"{STATE}/maintenance", "by hand\n")

    for _ in range(2):
        shell.run(maintenance.open_script(target()))

        assert not flag.exists()
