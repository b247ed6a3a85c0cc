"""Whether a lock is free is asked without holding anybody up."""

import fcntl
import subprocess
import time
from pathlib import Path

from changeover.facts.lock import LockIsFree


def is_free(lock: Path, seconds: int) -> bool:
    command = LockIsFree().command(str(lock), seconds)
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    return LockIsFree().process(done.stdout.splitlines())


def test_a_lock_that_nobody_made_or_holds_is_free(tmp_path: Path) -> None:
    lock = tmp_path / "a lock"
    assert is_free(lock, 1)
    assert not lock.exists()
    lock.touch()
    assert is_free(lock, 1)


def test_one_that_is_held_is_waited_for_a_bounded_time(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        begun = time.monotonic()
        assert not is_free(lock, 1)
        assert time.monotonic() - begun > 0.9
    assert is_free(lock, 20)
