"""Scripts and what they leave running."""

import contextlib
import os
import select
import signal
import subprocess
import time
from pathlib import Path

from ..files import Failure
from ..output import tail as output_tail
from ..output.tail import Tail
from ..sandbox.walls import NETWORK_SETTINGS

# Of the caller's environment; all else may be a secret, such as the password of sudo.
_PASSED = ("PATH", "HOME", "LANG", "SSH_AUTH_SOCK", "SUDO_USER", *NETWORK_SETTINGS)
_LOOK_AGAIN_SECONDS = 0.02
_KILL_SECONDS = 10


def start(
    script: str, *, stdin: int, output: int, environment: dict[str, str]
) -> "subprocess.Popen[bytes]":
    """Start bash on a script in a session of its own; the script is on no command line."""
    text = os.memfd_create("changeover")
    try:
        with os.fdopen(os.dup(text), "wb") as file:
            file.write(script.encode())
        return subprocess.Popen(
            ["bash", f"/proc/self/fd/{text}"],
            stdin=stdin,
            stdout=output,
            stderr=output,
            pass_fds=(text,),
            start_new_session=True,
            env={name: os.environ[name] for name in _PASSED if name in os.environ} | environment,
        )
    finally:
        os.close(text)


def run(script: str, limit: float, environment: dict[str, str]) -> tuple[int, Tail]:
    """Run a script to its end; return its exit status and the end of what it said."""
    read, write = os.pipe()
    child = start(script, stdin=subprocess.DEVNULL, output=write, environment=environment)
    os.close(write)
    os.set_blocking(read, False)
    deadline = time.monotonic() + limit
    said = Tail()
    watched = [read]
    # its end counts, not that of its output: what it started may keep that open
    while child.poll() is None and time.monotonic() < deadline:
        if select.select(watched, [], [], _LOOK_AGAIN_SECONDS)[0]:
            part = output_tail.read(read)
            said.add(part or b"")
            watched = [] if part == b"" else watched  # it has closed its output, and goes on
    code = child.poll()
    if code is None:
        kill_session(child.pid)
        child.wait()
    output_tail.read_rest(read, said)
    os.close(read)
    if code is None:
        said.add(f"killed after {limit:.0f} s\n".encode())
    return 124 if code is None else code, said


def kill_session(pid: int) -> None:
    """Kill a script and what shares its process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def kill_scope(scope: str, spare: int) -> None:
    """
    Kill all that an open changeover left running, but for one process.

    The scope is the cgroup in which a release works; nothing can leave it by itself. Raises
    Failure unless all are gone: what still works must not meet its undo.
    """
    folder = _cgroup(scope)
    deadline = time.monotonic() + _KILL_SECONDS
    while folder and (found := _processes(folder) - {spare}):
        if time.monotonic() > deadline:
            pids = " ".join(map(str, sorted(found)))
            raise Failure(f"processes of {scope} do not end: {pids}")
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_LOOK_AGAIN_SECONDS)


def systemctl(*words: str) -> bool:
    """Run systemctl; tell whether it succeeded."""
    command = ["systemctl", "--quiet", *words]
    return subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode == 0


def shutting_down() -> bool:
    """Tell whether the host is going down."""
    command = ["systemctl", "is-system-running"]
    return subprocess.run(command, check=False, capture_output=True).stdout.strip() == b"stopping"


def _cgroup(scope: str) -> Path | None:
    if not scope:
        return None
    command = ["systemctl", "show", "-p", "ControlGroup", "--value", scope]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"systemd does not tell what runs in {scope}: {done.stderr.strip()}")
    found = done.stdout.strip()
    # cgroup v1 keeps systemd's own hierarchy apart
    roots = (Path("/sys/fs/cgroup/systemd"), Path("/sys/fs/cgroup"))
    if not found:
        return None
    for root in roots:
        if root.is_dir():
            return Path(f"{root}{found}")
    raise Failure(f"nobody can tell what runs in {scope}: this host shows no control groups")


def _processes(folder: Path) -> set[int]:
    found: set[int] = set()
    for path in folder.rglob("cgroup.procs"):
        with contextlib.suppress(OSError):
            found |= {int(line) for line in path.read_text().split()}
    return found
