"""A host boots for an upgrade in its window only, and never while something is released."""

import fcntl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from changeover.host.quiet.cli import is_within, read_window
from tests.unit.host.changeover.machine import PROGRAM, Host

QUIET = PROGRAM.with_name("quiet")
WINDOW = ("--window", "03:00-05:00", "--now", "04:00")

Quiet = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def quiet(host: Host) -> Quiet:
    """Run quiet on a host where a reboot is required."""
    (host.run / "reboot-required").touch()
    (host.folder / "dpkg-lock").touch()

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        places = [
            *("--state-folder", str(host.state.parent), "--run-folder", str(host.run)),
            *("--required", str(host.run / "reboot-required")),
            *("--dpkg-lock", str(host.folder / "dpkg-lock")),
        ]
        command = [sys.executable, "-I", str(QUIET), *places, *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)

    return run


def boots(host: Host, quiet: Quiet, *words: str) -> tuple[bool, str]:
    """Tell whether quiet boots the host, and what it says."""
    flag = host.folder / "booted"
    flag.unlink(missing_ok=True)
    done = quiet("reboot", "--command", f"touch {flag}", "--hold", "0", *words)
    assert done.returncode == 0, done.stderr
    return flag.exists(), done.stderr.strip()


def test_a_host_boots_in_its_window_when_nothing_is_released(host: Host, quiet: Quiet) -> None:
    booted, said = boots(host, quiet, *WINDOW)
    assert booted
    assert "it is 04:00 and nothing is released: booting" in said
    assert host.is_free()


@pytest.mark.parametrize(
    ("window", "now", "inside"),
    [
        ("03:00-05:00", "02:59", False),
        ("03:00-05:00", "03:00", True),
        ("03:00-05:00", "05:00", False),
        ("23:00-01:00", "23:30", True),
        ("23:00-01:00", "00:59", True),
        ("23:00-01:00", "01:00", False),
        ("23:00-01:00", "12:00", False),
    ],
)
def test_the_window_may_go_over_midnight(window: str, now: str, inside: bool) -> None:
    assert is_within(window, now) is inside


def test_outside_of_the_window_it_waits(host: Host, quiet: Quiet) -> None:
    booted, said = boots(host, quiet, "--window", "03:00-05:00", "--now", "05:00")
    assert (booted, said) == (
        False,
        "quiet: a reboot is required; it waits for 03:00-05:00, now it is 05:00",
    )


def test_without_a_reason_it_says_nothing(host: Host, quiet: Quiet) -> None:
    (host.run / "reboot-required").unlink()
    assert boots(host, quiet, *WINDOW) == (False, "")


def test_a_live_release_postpones_it(host: Host, quiet: Quiet) -> None:
    peer = host.open()
    assert boots(host, quiet, *WINDOW) == (
        False,
        "quiet: a reboot is required and waits: shop is being released",
    )
    assert peer.commit() == "committed"
    assert boots(host, quiet, *WINDOW)[0]


def test_a_changeover_that_nobody_holds_postpones_it_until_it_is_undone(
    host: Host, quiet: Quiet
) -> None:
    peer = host.open()
    peer.kill()
    booted, said = boots(host, quiet, *WINDOW)
    assert not booted
    assert "a changeover of shop is open" in said
    assert host.undo()[0] == 0
    assert boots(host, quiet, *WINDOW)[0]


def test_a_script_outside_of_releases_postpones_it(host: Host, quiet: Quiet) -> None:
    host.lock.parent.mkdir()
    with host.lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        booted, said = boots(host, quiet, *WINDOW)
    assert (booted, "a script works on shop" in said) == (False, True)


def test_an_installation_of_packages_postpones_it(host: Host, quiet: Quiet) -> None:
    with (host.folder / "dpkg-lock").open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        booted, said = boots(host, quiet, *WINDOW)
    assert (booted, "packages are being installed" in said) == (False, True)


def test_nothing_begins_while_the_host_goes_down(host: Host, quiet: Quiet) -> None:
    # flock fails where the lock is held
    look = host.folder / "look"
    look.write_text(f"#!/bin/sh\nflock -n {host.lock} true || touch {host.folder}/held\n")
    look.chmod(0o755)
    assert quiet("reboot", "--command", str(look), "--hold", "0", *WINDOW).returncode == 0
    assert (host.folder / "held").exists()


def test_who_waits_is_told_what_goes_on(host: Host, quiet: Quiet) -> None:
    assert quiet("wait").returncode == 0
    peer = host.open()
    done = quiet("wait", "--seconds", "0.1")
    assert (done.returncode, done.stderr) == (75, "quiet: shop is being released: not now\n")
    assert quiet("wait", "--but", "shop").returncode == 0
    assert peer.let_go() == "undone"
    assert quiet("wait").returncode == 0


def test_a_window_that_is_none_is_named(quiet: Quiet) -> None:
    done = quiet("reboot", "--window", "night", "--now", "04:00")
    assert done.returncode == 2
    assert "'night' is no window; expected one such as 03:00-05:00" in done.stderr


def test_the_windows_file_may_begin_with_a_comment(tmp_path: Path) -> None:
    file = tmp_path / "window"
    assert read_window(file) == ""
    file.write_text("# Managed by Changeover.\n03:00-05:00\n")
    assert read_window(file) == "03:00-05:00"
