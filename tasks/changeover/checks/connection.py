"""How a host is reached: ssh as the inventory says, sudo with its password, tunnels."""

import contextlib
import os
import secrets
import shlex
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from testinfra.backend.base import CommandResult
from testinfra.backend.ssh import SshBackend
from testinfra.host import Host
from typing_extensions import override

from changeover.host.files import Failure
from changeover.operations.login_shell import LoginShellError, said_after, until_end, wrapped

_OPEN = b"the tunnel is open\n"
_SECONDS = 10
_OF_SSH = 255  # how it ends where it does not reach the host


class Secret:
    """A text that is shown nowhere: not in a traceback with its variables, and in no log."""

    def __init__(self, text: str) -> None:
        """Keep it."""
        self._text = text

    def reveal(self) -> str:
        """Return it. Whoever does may raise nothing that pytest would show with its variables."""
        return self._text

    @override
    def __repr__(self) -> str:
        return "Secret(...)"


@dataclass(frozen=True)
class Connection:
    """The way to one host."""

    name: str
    address: str
    options: tuple[str, ...]
    """Words for ssh's command line, before the address."""
    sudo: bool
    sudo_password: Secret | None = None

    @property
    def stdin(self) -> bytes:
        """What a command is fed that may need the password of sudo."""
        return f"{self.sudo_password.reveal()}\n".encode() if self.sudo_password else b""

    @property
    def sudo_words(self) -> str:
        """What begins a command line of the host that root has to run."""
        return "sudo -S -p ''" if self.sudo_password else "sudo"

    def host(self) -> Host:
        """Return the host as testinfra sees it."""
        return Host(_Backend(self))

    def read(self, path: str) -> Secret:
        """Return what a file of the host holds; it stays in memory. Raises Failure."""
        command = shlex.join(["cat", path])
        if self.sudo:
            command = f"{self.sudo_words} {command}"
        mark = secrets.token_hex(16)
        done = subprocess.run(
            ["ssh", *self.options, self.address, wrapped(command, mark)],
            input=self.stdin,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            said = until_end(mark, done.stderr).decode(errors="replace").strip()
            raise Failure(f"{self.name}: {path} cannot be read: {said}")
        try:
            return Secret(said_after(mark, done.stdout).decode())
        except LoginShellError as error:
            raise Failure(f"{self.name}: {error}") from None

    @contextlib.contextmanager
    def tunnel(self, address: str, port: str) -> Iterator[int]:
        """
        Lead a port of this machine, which is yielded, to an address as the host reaches it.

        Raises Failure, with ssh's words; also where what goes through it fails.
        """
        here, there = _free_port(), f"[{address}]" if ":" in address else address
        forward = ["-L", f"127.0.0.1:{here}:{there}:{port}", "-o", "ExitOnForwardFailure=yes"]
        # a connection of its own: a shared one would keep the port open. It ends with us: by then
        # nobody writes to its standard input any more.
        command = ["ssh", "-S", "none", *forward, *self.options, self.address]
        waits = f"echo {_OPEN.decode().strip()}; exec cat > /dev/null"
        command.append(wrapped(waits, secrets.token_hex(16)))
        pipe = subprocess.PIPE
        # a file: whoever ssh starts on the way may keep a pipe open
        with (
            tempfile.TemporaryFile() as said,
            subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=said) as process,
        ):
            try:
                _wait_until_open(process, f"{self.name}: no tunnel to {address}:{port}")
                yield here
            except Failure as error:
                _end(process)
                said.seek(0)
                words = " ".join(said.read().decode(errors="replace").split())
                raise Failure(f"{error} (ssh says: {words})" if words else str(error)) from None
            finally:
                _end(process)


class _Backend(SshBackend):  # type: ignore[misc]  # testinfra is not typed
    """testinfra's ssh, with a password for sudo that is on no command line."""

    def __init__(self, connection: Connection) -> None:
        bracketed = f"[{connection.address}]" if ":" in connection.address else connection.address
        super().__init__(
            bracketed,
            ssh_extra_args=shlex.join(connection.options),
            controlpersist=60,
            sudo=connection.sudo,
        )
        self._connection = connection
        self._mark = ""

    @override
    def run_ssh(self, command: str) -> CommandResult:
        self._mark = secrets.token_hex(16)
        return super().run_ssh(wrapped(command, self._mark))

    @override
    def get_sudo_command(self, command: str, sudo_user: str | None) -> str:
        found: str = super().get_sudo_command(command, sudo_user)
        return self._connection.sudo_words + found.removeprefix("sudo")

    @override
    def run_local(self, command: str, *args: str) -> CommandResult:
        line = self.encode(self.quote(command, *args))
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            input=self._connection.stdin,
            capture_output=True,
            check=False,
        )
        unreached = done.returncode == _OF_SSH
        said = done.stdout if unreached else said_after(self._mark, done.stdout)
        return self.result(done.returncode, line, said, until_end(self._mark, done.stderr))


def connection(name: str, data: Mapping[str, Any]) -> Connection:
    """Return the way to a host as pyinfra's data of it says."""
    # what sshd says to everybody is nothing that went wrong
    options = ["-o", "LogLevel=ERROR"]
    if data.get("ssh_config_file"):
        options += ["-F", os.path.expanduser(data["ssh_config_file"])]  # noqa: PTH111 - "none" too
    if data.get("ssh_key"):
        options += ["-i", os.path.expanduser(data["ssh_key"])]  # noqa: PTH111 - as above
    for option, key in (
        ("User", "ssh_user"),
        ("Port", "ssh_port"),
        ("UserKnownHostsFile", "ssh_known_hosts_file"),
        ("StrictHostKeyChecking", "ssh_strict_host_key_checking"),
    ):
        if data.get(key):
            options += ["-o", f"{option}={data[key]}"]
    password = data.get("_sudo_password")
    return Connection(
        name,
        data.get("ssh_hostname", name),
        (*options, "-o", f"ConnectTimeout={_SECONDS}"),
        bool(data.get("_sudo")),
        Secret(str(password)) if password else None,
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait_until_open(process: "subprocess.Popen[bytes]", problem: str) -> None:
    assert process.stdout
    if _OPEN not in process.stdout:
        raise Failure(problem)


def _end(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin
    process.stdin.close()
    try:
        process.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
