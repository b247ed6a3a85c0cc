"""Closing and opening: a release opens only what a release has closed."""

from dataclasses import replace

import pytest

from changeover.plans import maintenance
from changeover.plans.maintenance import BY_HAND, BY_RELEASE
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import V3, serving, target, with_release

CURL = 'echo "$@" > "$0.arguments"; printf '
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


def test_the_flag_says_who_closed_the_site(shell: Shell) -> None:
    shell.stub("curl", CURL + "503")
    shell.write(f"{STATE}/.keep")

    shell.run(maintenance.close_script(target(), BY_HAND))

    assert (shell / f"{STATE}/maintenance").read_text() == "by hand\n"
    assert (shell / f"{STATE}/maintenance").stat().st_mode & 0o777 == 0o644
    assert "Host: play.example" in (shell.programs / "curl.arguments").read_text()


def test_a_site_that_goes_on_answering_is_a_failure_and_no_flag_stays(shell: Shell) -> None:
    shell.stub("curl", CURL + "200")
    shell.write(f"{STATE}/.keep")

    done = shell.try_(maintenance.close_script(target(), BY_RELEASE))

    assert done.returncode == 1
    assert "play.example answers 200 although it was closed" in done.stderr
    assert not (shell / f"{STATE}/maintenance").exists()


def test_where_nothing_listens_nobody_can_write(shell: Shell) -> None:
    shell.stub("curl", CURL + "000; exit 7")
    shell.stub("systemctl", "echo inactive")
    shell.write(f"{STATE}/.keep")

    said = shell.run(maintenance.close_script(target(), BY_RELEASE))

    assert "nginx does not answer" in said
    assert (shell / f"{STATE}/maintenance").exists()


def test_opening_removes_the_flag_and_may_be_done_twice(shell: Shell) -> None:
    flag = shell.write(f"{STATE}/maintenance", "by hand\n")

    for _ in range(2):
        shell.run(maintenance.open_script(target()))

        assert not flag.exists()
