"""One script at a time on a host: the next one waits, and nothing left behind holds it up."""

import fcntl
import subprocess
from pathlib import Path

import pytest
from pyinfra.api import StringCommand

from tasks.operations import step


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


def test_a_script_does_not_start_while_another_works(
    lock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, "_WAIT_SECONDS", 0)
    inner = step.alone(lock, "echo ran", None).get_raw_value()

    done = shell(step.alone(lock, f"{inner}", None))

    assert done.returncode == 75
    assert done.stdout == ""
    assert f"a step of an earlier run still works after 0 s; see: fuser -v {lock}" in done.stderr


def test_a_script_is_refused_at_once_while_a_release_goes_on(lock: str) -> None:
    Path(lock).write_text('{"what": "release", "pid": 1}')  # what a dead hold leaves is no release
    assert shell(step.alone(lock, "echo ran", None)).stdout == "ran\n"

    with Path(lock).open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = shell(step.alone(lock, "echo ran", None))

    assert (done.returncode, done.stdout) == (75, "")
    assert done.stderr == "a release is going on: wait for its end (deploys/status.py)\n"


def test_what_a_script_leaves_running_does_not_hold_up_the_next(
    lock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, "_WAIT_SECONDS", 0)
    shell(step.alone(lock, "sleep 3 > /dev/null 2>&1 < /dev/null &", None))

    assert shell(step.alone(lock, "echo ran", None)).stdout == "ran\n"


def test_a_refusal_has_a_line_for_each_problem_and_fails() -> None:
    command = step.refuse("first: it's wrong", "second: $(id)")

    done = shell(command, stdin="".join(command.connector_arguments["_stdin"]))

    assert done.returncode == 1
    assert done.stderr == "first: it's wrong\nsecond: $(id)\n"
