"""A build that fails of its walls says so: no network, no more memory."""

import subprocess

import pytest

from changeover.host.sandbox.hints import Noticed, hints
from changeover.host.sandbox.walls import APP, BUILD, Walls

NETWORK = "a build has no network: set Build(network=True) if it needs one"
MEMORY = (
    "it may use 2G of memory, and was perhaps killed for more: raise shop_build_memory_max, or give"
    " the host more memory"
)


class Heard:
    """Keeps what is said."""

    def __init__(self) -> None:
        self.said = b""

    def add(self, part: bytes) -> None:
        self.said += part


def hinted(*parts: bytes, status: int = 1, role: str = BUILD, network: bool = False) -> list[str]:
    heard = Heard()
    noticed = Noticed(heard)
    for part in parts:
        noticed.add(part)
    assert heard.said == b"".join(parts)
    walls = Walls(role, "shop", "build", "/", network=network, memory="2G")
    return list(hints(walls, status, (noticed,)))


@pytest.mark.parametrize(
    "said",
    [
        b"npm error request to https://x failed, reason: getaddrinfo EAI_AGAIN x",
        b"getaddrinfo ENOTFOUND x",
        b"connect ENETUNREACH 1.2.3.4:443",
        b"curl: (6) Could not resolve host: x",
        b"[Errno -3] Temporary failure in name resolution",
        b"OSError: [Errno 101] Network is unreachable",
    ],
)
def test_a_build_that_looks_for_a_network_is_told_that_it_has_none(said: bytes) -> None:
    assert hinted(said) == [NETWORK]
    assert hinted(said[:-6], said[-6:]) == [NETWORK]
    assert hinted(said, network=True) == []
    assert hinted(said, role=APP) == []
    assert hinted(said, status=0) == []


@pytest.mark.parametrize("status", [137, 255])
def test_a_build_that_was_killed_is_told_its_limit_and_the_setting(status: int) -> None:
    assert hinted(b"", status=status) == [MEMORY]
    assert hinted(b"bash: line 1: 17 Killed  npm ci", network=True) == [MEMORY]
    assert hinted(b"npm error signal SIGKILL") == [MEMORY]


def test_any_other_failure_has_no_hint() -> None:
    assert hinted(b"SyntaxError: x") == []


def test_a_shell_says_killed_of_what_it_ran() -> None:
    script = "set -e; sh -c 'kill -9 $$'; true"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=False)

    assert hinted(done.stdout + done.stderr, status=done.returncode) == [MEMORY]
