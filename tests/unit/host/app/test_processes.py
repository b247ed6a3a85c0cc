"""Every process of a user ends, also of one that forks without end."""

import fcntl
import os
import pwd
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from changeover.host.app.processes import _processes_of, kill_user
from changeover.host.files import Failure

# one of Debian's users that runs nothing, neither on a host nor in another test
USER = "news"
MOST = 100
# each of them forks for as long as it lives, in a session of its own, and nobody has to wait for it
FORK = """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    try:
        if os.fork() == 0:
            os.setsid()
    except OSError:
        pass
    time.sleep(0.005)
"""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act for other users")


def processes() -> list[int]:
    return list(_processes_of(pwd.getpwnam(USER).pw_uid))


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Have the user for this test alone: another run of them would end what is started here."""
    with (Path(tempfile.gettempdir()) / f"changeover-tests-{USER}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
        kill_user(USER)


def start(*words: str) -> "subprocess.Popen[bytes]":
    def become() -> None:
        resource.setrlimit(resource.RLIMIT_NPROC, (MOST, MOST))

    return subprocess.Popen(
        ["setpriv", "--reuid", USER, "--regid", USER, "--clear-groups", *words], preexec_fn=become
    )


def wait_for(count: int) -> None:
    deadline = time.monotonic() + 20
    while len(processes()) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_left_its_session_ends() -> None:
    start("setsid", "sh", "-c", "trap '' TERM HUP; sleep 60; sleep 60")
    wait_for(2)

    kill_user(USER)

    assert processes() == []


def test_what_calls_itself_by_no_text_ends() -> None:
    # prctl(PR_SET_NAME): what /proc says of it is no UTF-8, and speaks to a terminal
    name = r"import ctypes, time; ctypes.CDLL(None).prctl(15, b'\xff\x1b[2J'); print(1, flush=True)"
    started = start("/usr/bin/python3", "-c", f"{name}; time.sleep(60)")
    wait_for(1)
    while b"\xff" not in Path(f"/proc/{started.pid}/comm").read_bytes():
        time.sleep(0.02)

    kill_user(USER)

    assert processes() == []


def test_what_forks_without_end_is_not_outrun() -> None:
    started = start("/usr/bin/python3", "-c", FORK)
    wait_for(MOST // 2)

    kill_user(USER)

    started.wait(10)
    time.sleep(0.3)
    assert processes() == []


def test_nobody_kills_everybody() -> None:
    with pytest.raises(Failure, match="is root or who runs this"):
        kill_user("root")
    kill_user("no-such-user")
