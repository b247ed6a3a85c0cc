"""One script at a time on a host: the next one waits, and nothing left behind holds it up."""

import fcntl
import getpass
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pyinfra.api import StringCommand

from changeover.operations import step
from changeover.plans import alone


def shell(command: StringCommand, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """Run a command as a host's shell does."""
    words = ["sh", "-c", command.get_raw_value()]
    return subprocess.run(
        words, input=stdin, capture_output=True, text=True, check=False, timeout=20
    )


@pytest.fixture
def lock(tmp_path: Path) -> str:
    return str(tmp_path / "changeover.lock")


@pytest.mark.parametrize("code", [0, 1, 3])
def test_a_script_ends_as_it_ends_alone(lock: str, code: int) -> None:
    done = shell(step.alone(lock, f'echo "it\'s"; echo no >&2; exit {code}', None))

    assert (done.returncode, done.stdout, done.stderr) == (code, "it's\n", "no\n")


def test_a_script_is_run_by_bash_and_reads_its_stdin(lock: str) -> None:
    command = step.alone(lock, 'a=(x y); IFS= read -r line; echo "${a[1]} $line"', "secret\n")

    assert shell(command, stdin="secret\n").stdout == "y secret\n"
    assert "secret" not in command.get_raw_value()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alone, "SCRIPT_SECONDS", 0)


@pytest.mark.usefixtures("impatient")
def test_a_script_does_not_start_while_another_works(lock: str) -> None:
    inner = step.alone(lock, "echo ran", None).get_raw_value()

    done = shell(step.alone(lock, f"{inner}", None))

    assert (done.returncode, done.stdout) == (75, "")
    who = f"a script of {getpass.getuser()} from {socket.gethostname()} since 20"
    assert done.stderr.startswith(who)
    assert done.stderr.endswith(" UTC still works after 0 s\n")


@contextmanager
def held(lock: str, **about: object) -> Iterator[None]:
    """Hold the lock as a host program does."""
    with Path(lock).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        json.dump({**about, "pid": os.getpid()}, file)
        file.flush()
        yield


def test_a_script_is_refused_at_once_while_a_release_goes_on(lock: str) -> None:
    Path(lock).write_text('{"what": "release", "pid": 99999999}')  # of a hold that died
    assert shell(step.alone(lock, "echo ran", None)).stdout == "ran\n"

    with held(lock, what="release", said="the release of shop by ann from laptop"):
        done = shell(step.alone(lock, "echo ran", None))

    assert (done.returncode, done.stdout) == (75, "")
    said = "the release of shop by ann from laptop is going on: wait for its end"
    assert done.stderr == f"{said} (deploys/status.py)\n"


@pytest.mark.usefixtures("impatient")
def test_a_script_waits_for_an_undo_and_says_so(lock: str) -> None:
    with held(lock, what="undo", said="the undo of x"):
        words = ["sh", "-c", step.alone(lock, "echo ran", None).get_raw_value()]
        pipe = subprocess.PIPE
        process = subprocess.Popen(words, stdout=pipe, stderr=pipe, text=True)
        assert process.stderr
        assert process.stderr.readline() == "waits for the undo of x, 7200 s at most\n"
    assert process.communicate(timeout=20) == ("ran\n", "")


@pytest.mark.usefixtures("impatient")
def test_what_a_dead_release_left_is_not_taken_for_the_script_that_works_now(lock: str) -> None:
    with Path(lock).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        Path(lock).write_text('{"what": "release", "pid": 99999999, "said": "x"}')
        done = shell(step.alone(lock, "echo ran", None))

    assert done.stderr == f"a script (see: fuser -v {lock}) still works after 0 s\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a second user")
def test_no_other_user_holds_the_lock(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    lock = str(tmp_path / "locks/shop.lock")
    assert shell(step.alone(lock, "echo ran", None)).returncode == 0

    def as_nobody(*words: str) -> int:
        return subprocess.run(words, user=65534, group=65534, check=False, cwd="/").returncode

    assert as_nobody("flock", "-n", lock, "true") != 0
    assert as_nobody("flock", "-n", str(Path(lock).parent), "true") != 0
    assert as_nobody("mv", str(Path(lock).parent), str(tmp_path / "away")) != 0


@pytest.mark.usefixtures("impatient")
def test_what_a_script_leaves_running_does_not_hold_up_the_next(lock: str) -> None:
    shell(step.alone(lock, "sleep 3 > /dev/null 2>&1 < /dev/null &", None))

    assert shell(step.alone(lock, "echo ran", None)).stdout == "ran\n"


def test_a_refusal_has_a_line_for_each_problem_and_fails() -> None:
    command = step.refuse("first: it's wrong", "second: $(id)")

    done = shell(command, stdin="".join(command.connector_arguments["_stdin"]))

    assert done.returncode == 1
    assert done.stderr == "first: it's wrong\nsecond: $(id)\n"
