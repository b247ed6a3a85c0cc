"""Commands are run the same whatever the login shell is, and whatever it says first."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import Any

import paramiko
import pytest

from changeover.operations import login_shell
from changeover.operations.line import Line, NoMessageError
from changeover.operations.login_shell import LoginShellError
from changeover.operations.sudo_password import PasswordInWordsError, send_password_on_stdin
from tests.unit.operations.sshd import connected

SHELLS = ("sh", "dash", "bash", "zsh", "fish", "csh", "tcsh")
# where each looks, also where it is not asked for a terminal
READS = {
    "bash": ".bashrc",
    "zsh": ".zshenv",
    "fish": ".config/fish/config.fish",
    "csh": ".cshrc",
    "tcsh": ".tcshrc",
}
# what a host is told: quotes, lines, words that shells disagree about, and what is long
COMMAND = (
    'sh -c \'read -r first; printf "%s|" "$first" "it\'"\'"\'s" !x "a\\\\b" "$#" ~root\n'
    "# a comment\nif true; then printf yes; fi; echo; exit 3' # " + "x" * 40_000
)
SAID = "from stdin|it's|!x|a\\b|0|/root|yes"
ODD = b'Gr\xfc\xdfe von web-1\n@@lock\n{"opened": "c1"}\nno end of line'


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    found = shutil.which(name)
    if not found:
        pytest.skip(f"no {name} on this machine: apt-get install {name}")
    return found


def says(home: Path, shell: str, text: bytes) -> None:
    """Have a login shell say something before each command."""
    name = READS.get(Path(shell).name)
    if name:
        (home / "said").write_bytes(text)
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(f"cat {home}/said\n")


@pytest.fixture
def client(shell: str, tmp_path: Path) -> Iterator[paramiko.SSHClient]:
    says(tmp_path, shell, ODD)
    with connected(shell, tmp_path) as found:
        yield found


def run(client: Any, command: str, stdin: str = "", *, kept: Any = None) -> tuple[int, str, str]:
    """Run a command; what nobody keeps is closed by paramiko when it is collected."""
    to, out, errors = client.exec_command(command, timeout=60)
    if kept is not None:
        kept.append(out)
    to.write(stdin.encode())
    to.close()
    said = "".join(out), errors.read()
    return out.channel.recv_exit_status(), *said


def test_a_command_runs_and_says_its_own_words_alone(client: paramiko.SSHClient) -> None:
    login_shell.prepare(client, print)

    assert run(client, COMMAND, "from stdin\n") == (3, f"{SAID}\n", "")
    assert run(client, "echo to >&2; echo one; printf '\\303\\274 \\374'") == (
        *(0, "one\n\u00fc \ufffd", "to\n"),
    )


def test_a_password_still_comes_over_standard_input(client: paramiko.SSHClient) -> None:
    class Host:
        data = {"_sudo_password": "it's $ecret"}  # noqa: RUF012
        connector_data: dict[str, str] = {}  # noqa: RUF012

    login_shell.prepare(client, print)
    send_password_on_stdin(Host(), client)  # type: ignore[arg-type]

    shown = "PYINFRA_SUDO_PASSWORD='it'\"'\"'s $ecret' "
    command = f"env SUDO_ASKPASS=/x {shown}sh -c 'echo $PYINFRA_SUDO_PASSWORD; cat'"

    assert run(client, command, "rest\n") == (0, "it's $ecret\nrest\n", "")


def test_a_password_in_an_unknown_form_is_never_sent(client: paramiko.SSHClient) -> None:
    class Host:
        data = {"_sudo_password": "$ecret"}  # noqa: RUF012
        connector_data: dict[str, str] = {}  # noqa: RUF012

    send_password_on_stdin(Host(), client)  # type: ignore[arg-type]

    for command in ("env A=/x PYINFRA_SUDO_PASSWORD='$ecret' true", "PYINFRA_SUDO_PASSWORD=x true"):
        with pytest.raises(PasswordInWordsError, match="install the pyinfra that Changeover asks"):
            client.exec_command(command)


def test_a_line_to_a_hold_begins_with_the_holds_own_words(client: paramiko.SSHClient) -> None:
    login_shell.prepare(client, print)
    line = Line(*client.exec_command("read -r x; echo '{\"got\": '$x'}'; echo; echo no message"))

    line.send(a=1)

    assert line.receive() == {"got": {"a": 1}}
    assert line.receive() == {}
    with pytest.raises(NoMessageError, match="no message"):
        line.receive()
    line.close()


@pytest.mark.parametrize(
    ("rc", "left"),
    [
        ("sleep 600 & echo $! >> left", 12),
        ("(sleep 1; echo late; exec sleep 600) & echo $! >> left", 12),
        ("trap 'echo goodbye' EXIT", 0),
    ],
)
def test_what_a_login_shell_leaves_behind_keeps_nobody(tmp_path: Path, rc: str, left: int) -> None:
    (tmp_path / ".bashrc").write_text(f"{rc}\n")
    pids = tmp_path / "left"
    kept: list[Any] = []
    pids.touch()
    try:
        with connected(shutil.which("bash") or "", tmp_path) as client:
            login_shell.prepare(client, print)

            # more than the ten channels that a connection may have; all outlive their commands
            for _ in range(12):
                said = run(client, "echo one; echo two >&2; exit 3", kept=kept)
                assert said == (3, "one\n", "two\n")
            assert len(pids.read_text().split()) == left
    finally:
        for pid in pids.read_text().split():
            os.kill(int(pid), signal.SIGKILL)


@pytest.mark.parametrize(
    ("rc", "said"),
    [
        ("echo come back later; exit 0", "does not come to the command: it says: come back later"),
        ("echo no >&2; exit 1", "does not come to the command: it says: no;"),
        ("exit 0", "does not come to the command: it says nothing"),
        ("read -r x", "does not come to the command within 1 s: it says nothing"),
        ("while :; do echo y; done", "does not come to the command: it says: y y y"),
    ],
)
def test_a_login_shell_that_does_not_come_to_the_command_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rc: str, said: str
) -> None:
    monkeypatch.setattr(login_shell, "_SECONDS", 1)
    (tmp_path / ".bashrc").write_text(f"{rc}\n")
    with connected(shutil.which("bash") or "", tmp_path) as client:
        login_shell.prepare(client, print)

        with pytest.raises(LoginShellError) as failed:
            client.exec_command("echo never")

    assert f"the user's login shell {said}" in str(failed.value)
    assert len(str(failed.value)) < 600


def test_a_connection_that_ends_is_not_blamed_on_the_shell(tmp_path: Path) -> None:
    (tmp_path / ".bashrc").write_text("read -r x\n")
    with connected(shutil.which("bash") or "", tmp_path) as client:
        login_shell.prepare(client, print)
        transport = client.get_transport()
        assert transport
        Timer(0.3, transport.close).start()

        with pytest.raises(paramiko.SSHException, match="the connection has ended"):
            client.exec_command("echo never")


def test_nobody_who_logs_in_is_told_so(tmp_path: Path) -> None:
    with connected("/usr/sbin/nologin", tmp_path) as client:
        login_shell.prepare(client, print)

        with pytest.raises(LoginShellError, match="it says: This account is currently not"):
            client.exec_command("echo never")


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("exit 3", ["the command ended with 3, and said nothing"]),
        *(("echo why; exit 3", []), ("echo why >&2; exit 3", []), ("exit 0", [])),
    ],
)
def test_a_command_that_fails_without_a_word_is_named(
    tmp_path: Path, command: str, told: list[str]
) -> None:
    said: list[str] = []
    says(tmp_path, "bash", ODD)
    with connected(shutil.which("bash") or "", tmp_path) as client:
        login_shell.prepare(client, said.append)
        run(client, command)

    assert said == told


def test_a_command_whose_end_nobody_tells_is_named(tmp_path: Path) -> None:
    said: list[str] = []
    with connected("/bin/sh", tmp_path) as client:
        login_shell.prepare(client, said.append)
        _, out, _ = client.exec_command("echo begun; sleep 60")
        assert out.readline() == "begun\n"

        transport = client.get_transport()
        assert transport
        transport.close()

        assert out.channel.recv_exit_status() == -1
    assert said == ["nobody says how the command ended: it was killed, or the connection ended"]
