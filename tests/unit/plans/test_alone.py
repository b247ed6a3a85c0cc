"""A script that runs alone hears what it is told, and leaves nobody writing to nothing."""

import fcntl
import os
import subprocess
from pathlib import Path

import pytest

from changeover.plans.alone import alone_script

TOLD = "a line\n" * 50_000


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "locks" / "app"


def run(lock: Path, script: str) -> tuple[int, str]:
    """Run it, and see that all that it is told is taken."""
    pipe = subprocess.PIPE
    text = alone_script(str(lock), script, "ann", "laptop", told=True)
    with subprocess.Popen(["sh", "-c", text], stdin=pipe, stdout=pipe, text=True) as child:
        assert child.stdin
        assert child.stdout
        child.stdin.write(TOLD)
        child.stdin.close()
        said = child.stdout.read()
    return child.returncode, said


def test_it_hears_what_it_is_told(lock: Path) -> None:
    assert run(lock, "wc -c; exit 7") == (7, f"{len(TOLD)}\n")


def test_what_it_does_not_want_to_hear_is_taken_all_the_same(lock: Path) -> None:
    assert run(lock, "echo done") == (0, "done\n")


def test_so_it_is_where_it_may_not_run(lock: Path) -> None:
    lock.parent.mkdir()
    lock.write_text(f'{{"what": "release", "pid": {os.getpid()}, "said": "a release"}}')
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert run(lock, "echo done") == (75, "")
