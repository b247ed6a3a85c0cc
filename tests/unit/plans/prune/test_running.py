"""What runs by now stays, and where nobody says what runs nothing is removed."""

import os
import subprocess
from dataclasses import replace

import pytest

from changeover.plans import prune
from changeover.plans.databases.none import NOWHERE
from changeover.plans.snapshot import Release
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import fresh, target

RELEASES = "/srv/playmaker/releases"


@pytest.fixture
def script(shell: Shell) -> str:
    """Return a script that removes two releases, which are there."""
    names = ("r1", "r2")
    for name in names:
        shell.write(f"{RELEASES}/{name}/app.py")
    old = {name: Release(name, "c" * 40, None, {}) for name in names}
    return prune.prune_script(target(), replace(fresh(), releases=old), NOWHERE)


def left(shell: Shell) -> set[str]:
    return {path.name for path in (shell / RELEASES).iterdir()}


def test_a_release_in_which_a_process_runs_stays(shell: Shell, script: str) -> None:
    gone = 2**22 + 1
    with subprocess.Popen(["sleep", "60"], cwd=shell / f"{RELEASES}/r2") as worker:
        shell.stub("units", f"printf '{os.getpid()}\\n{gone}\\n{worker.pid}\\n'")
        said = shell.run(script)
        worker.kill()

    assert left(shell) == {"r2"}
    assert "releases/r2 is in use by now, and stays" in said


@pytest.mark.parametrize("none", ["exit 0", "echo"])
def test_where_nothing_runs_nothing_stays_for_it(shell: Shell, script: str, none: str) -> None:
    shell.stub("units", none)
    shell.run(script)
    assert left(shell) == set()


def test_where_nobody_says_what_runs_nothing_is_removed(shell: Shell, script: str) -> None:
    shell.stub("units", "exit 1")

    done = shell.try_(script)

    assert done.returncode == 1
    assert "systemd does not say what runs as playmaker.service" in done.stderr
    assert left(shell) == {"r1", "r2"}
