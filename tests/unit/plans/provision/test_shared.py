"""What all apps of a host share is made by one provisioning at a time."""

import fcntl
import os
from collections.abc import Callable

import pytest

from changeover.facts.program import program_files
from changeover.plans.paths import SHARED_LOCK
from changeover.plans.provision.accounts import accounts_script
from changeover.plans.provision.node import node_script
from changeover.plans.provision.programs import archive, programs_script
from changeover.plans.provision.uv import uv_script
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import PLAYMAKER, target

SCRIPTS = {
    "accounts": lambda: accounts_script(target()),
    "programs": lambda: programs_script(target().paths),
    "uv": lambda: uv_script(),
    "node": lambda: node_script(target(PLAYMAKER)),
}


@pytest.mark.parametrize("made", SCRIPTS)
def test_the_second_waits_and_says_so(made: str, shell: Shell) -> None:
    script: Callable[[], str] = SCRIPTS[made]
    lock = shell.write(SHARED_LOCK)
    text = script().replace("flock -w 600", "flock -w 0.2")
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = shell.try_(text, stdin=archive(program_files()))

    said = "waits for another provisioning of this host, 600 s at most\n"
    assert (done.returncode, done.stderr.startswith(said)) == (1, True), done.stderr
    assert "another provisioning of this host still works after 600 s" in done.stderr
    assert "nothing was changed" in done.stderr
    assert not (shell / "/usr/local/lib/changeover").exists()


def test_what_another_app_has_made_meanwhile_stays(shell: Shell) -> None:
    made = shell.write("/opt/changeover/node/22/version", "22.20.0\n")
    inode = made.stat().st_ino

    shell.run(node_script(target(PLAYMAKER)))

    assert made.stat().st_ino == inode
    assert os.listdir(made.parents[1]) == ["22"]  # noqa: PTH208
