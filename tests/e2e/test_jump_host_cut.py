"""A host that dies behind a jump host: the run ends, and the host undoes by itself."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from changeover.lab import Lab, LabHost
from changeover.lab.inventory import CHANGES
from changeover.lab.lab import HostSpec
from tests.e2e import jump, load, releases
from tests.e2e.releases import PYINFRA, ROOT
from tests.e2e.watch import is_running

pytestmark = [pytest.mark.lab, pytest.mark.slow]

SILENCE = 10
# In front of a program of the host's: how long it sleeps instead, which tells the two apart.
STUCK = {"git": "901", "python3": "902"}


@pytest.fixture(scope="module")
def behind(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabHost]:
    """Return a host that is to carry hello, behind a jump host."""
    layer = releases.layer(lab, "provisioned")
    settings = [
        HostSpec("gate", groups=("gate",)),
        HostSpec("behind", groups=("hello",), layer=layer),
    ]
    gate, behind = lab.up_all(settings)
    data = jump.through(lab, gate, behind, tmp_path_factory.mktemp("ssh"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CHANGES, json.dumps(data))
        yield behind
    lab.down("gate", "behind")


def ended(lab: Lab, behind: LabHost, stuck_in: str = "") -> tuple[int, str, float]:
    """Release, cut the host's network where it is stuck; return the run's end, and after when."""
    data = {"hello_ref": "v1", "changeover_silence_seconds": str(SILENCE)}
    words = [part for key, value in data.items() for part in ("--data", f"{key}={value}")]
    command = [PYINFRA, "-y", "inventories/lab.py", "deploys/release.py", "--limit", "behind"]
    with subprocess.Popen(
        [*command, *words],
        cwd=ROOT,
        env=releases.environment(lab),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            if stuck_in:
                load.wait_until(
                    lambda: is_stuck(behind, stuck_in) or process.poll() is not None,
                    "it is stuck",
                    120,
                )
                behind.cut()
            begun = time.monotonic()
            output, _ = process.communicate(timeout=180)
            took = time.monotonic() - begun
            if stuck_in:  # the end of the run may not be what tells the host
                time.sleep(max(0.0, 2 * SILENCE - took))
        finally:
            process.kill()
            behind.heal()
    return process.returncode, output, took


def is_stuck(behind: LabHost, program: str) -> bool:
    """Tell whether it sleeps; looked at from outside, as it may run behind walls."""
    return is_running(behind, "sleep", STUCK[program])


@contextmanager
def stuck(behind: LabHost, program: str) -> Iterator[None]:
    """Put a program that never ends in front of the host's own."""
    path = f"/usr/local/bin/{program}"
    behind.run(f"cat > {path}; chmod 755 {path}", text=f"#!/bin/sh\nexec sleep {STUCK[program]}\n")
    try:
        yield
    finally:
        behind.run(f"rm {path}")


def test_a_host_that_dies_in_a_step_counts_as_lost_and_undoes_by_itself(
    lab: Lab, behind: LabHost
) -> None:
    with stuck(behind, "git"):
        status, output, seconds = ended(lab, behind, "git")

    assert status == 1, output
    assert f"hello: nothing was heard of the host for {SILENCE} s: it counts as lost" in output
    assert seconds < 4 * SILENCE, output
    # not a second of it by anybody's help
    ledger = behind.root / "var/lib/changeover/hello/ledger.jsonl"
    load.wait_until(ledger.exists, "the host has undone it")
    record = load.records(behind, "hello")[-1]
    assert (record["outcome"], record["by"]) == ("undone", "release")
    assert record["why"] == f"nothing was heard of the controller for {SILENCE} s"
    assert not is_stuck(behind, "git"), "an undo ends what the step ran behind walls"


def test_a_host_that_dies_while_it_is_looked_at_ends_the_run(lab: Lab, behind: LabHost) -> None:
    with stuck(behind, "python3"):  # what asks is Python
        status, output, seconds = ended(lab, behind, "python3")

    assert status == 1, output
    assert "the host has not answered for 60 s: its connection is given up" in output
    assert seconds < 90, output


def test_afterwards_a_plain_release_goes_forward(lab: Lab, behind: LabHost) -> None:
    status, output, _ = ended(lab, behind)
    assert status == 0, output
