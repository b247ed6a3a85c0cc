"""The probe of the host's own environment file: keys, and by number what an app is not given."""

import socket
import subprocess
from dataclasses import replace

import pytest

from changeover.facts.environment import DifferingKeys, WantedEnvironment
from changeover.host.environment_file import File
from changeover.plans import preflight
from changeover.plans.environment_text import render_line
from changeover.plans.probe_answer import parse_snapshot
from changeover.plans.rollback_methods.method import Method
from changeover.plans.target import Rollback
from tests.odd_values import CARRIED, PEM
from tests.unit.plans.probe.test_probe import PATHS, answered, probed, quiet
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import serving, target

__all__ = ["quiet"]
HIDDEN = "hunter2-s3cr3t"
WRONG = f"""A=1
FOO {HIDDEN}

MY KEY={HIDDEN}
 'B'={HIDDEN}
export C={HIDDEN}
D='{HIDDEN}' # a remark
E={HIDDEN} # a remark
F= # {HIDDEN}
# a remark \\
G={HIDDEN}
{HIDDEN}
TWO='
lines'
H={"x" * 131_071}
I=\0{HIDDEN}
SECRET_KEY="{HIDDEN}
J={HIDDEN}
"""
WHY = {
    2: "no KEY=value, which systemd passes over: mend it on the host",
    4: "no KEY=value, which systemd passes over: mend it on the host",
    5: "no KEY=value, which systemd passes over: mend it on the host",
    6: "begins with export, which systemd passes over: take that word away on the host",
    **dict.fromkeys(
        (7, 8, 9),
        "a remark behind a value, which systemd takes for a part of it: give it a line of its own,"
        " or put the value in quotes on the host",
    ),
    10: "a remark that ends with a backslash takes the next line with it: remove it on the host",
    12: "no KEY=value, which systemd passes over: mend it on the host",
    15: "a value of over 131071 bytes, which no process can be given: shorten it on the host",
    16: "no UTF-8, or a zero byte: systemd would read nothing of the file; mend it on the host",
    17: "a quote that is not closed: systemd takes all that follows for its value; close it on the"
    " host",
}
RIGHT = """
# note
; note
 # note
A=1
 B = two words
\tB2=#1#2
C='a "b" \\x'
D="a \\"b\\" 'c' #1"
E=
F=it's
G="-----BEGIN
no # remark
X=1
-----END"
H=one \\
two
"""


def test_the_environment_shows_keys_and_public_values_alone(shell: Shell) -> None:
    text = "# A=1\nVITE_T='my app'\nSECRET=hidden\n B=2\nC = 3\nVITE_U=\"x\"\nexport D=4\n"
    shell.write(PATHS.env_file, text, 0o640)

    said = answered(shell)

    found = parse_snapshot(said.splitlines())
    assert "hidden" not in said
    assert found.env_keys == ("VITE_T", "SECRET", "B", "C", "VITE_U")
    assert found.env_public == {"VITE_T": "my app", "VITE_U": "x"}
    assert (found.env_mode or "").startswith("640 ")


def test_lines_that_an_app_is_not_given_are_refused_by_number_and_not_shown(shell: Shell) -> None:
    shell.write(PATHS.env_file, WRONG, 0o640)

    found = probed(shell)
    host = replace(serving(target()), env_unread=found.env_unread)
    said = preflight.problems(target(), host, now=host.clock, database_url=None)

    assert found.env_keys == ("A", "D", "E", "F", "TWO", "H", "I", "SECRET_KEY")
    assert [line for line in said if PATHS.env_file in line] == [
        f"{PATHS.env_file}: line {number}: {why}" for number, why in WHY.items()
    ]
    assert HIDDEN not in " ".join(said)


def test_what_is_no_text_is_refused_by_its_line(shell: Shell) -> None:
    shell.write(PATHS.env_file).write_bytes(b"A=1\n# \xe9\nB=\xff\n")

    assert probed(shell).env_unread == ((2, "text"), (3, "text"))


def test_a_way_back_asks_nothing_of_lines_that_were_there_before() -> None:
    host = replace(serving(target()), env_unread=((1, "export"),))
    back = replace(
        target(), rollback=Rollback(host.releases[target().release or ""], Method("code"))
    )

    said = preflight.problems(back, host, now=host.clock, database_url=None)

    assert said == []


def test_what_systemd_reads_is_read(shell: Shell) -> None:
    shell.write(PATHS.env_file, RIGHT, 0o640)

    found = probed(shell)

    assert found.env_unread == ()
    assert found.env_keys == ("A", "B", "B2", "C", "D", "E", "F", "G", "H")


def test_public_values_and_the_url_may_have_any_form(shell: Shell) -> None:
    values = {"VITE_LINES": PEM, "VITE_ODD": "é'\u2028", "DATABASE_URL": "sqlite:///./it's a.db"}
    lines = "".join(f"{render_line(key, value)}\n" for key, value in values.items())
    shell.write(PATHS.env_file, f"OTHER='\nVITE_X=1\nDATABASE_URL=none\n'\n{lines}", 0o640)

    found = probed(shell)

    assert found.env_public == {"VITE_LINES": PEM, "VITE_ODD": "é'\u2028"}
    assert found.database_url == values["DATABASE_URL"]


def test_keys_that_differ_are_named_without_their_values(shell: Shell) -> None:
    same = {"A": "1", "PEM": PEM, "EMPTY": ""}
    lines = "".join(f"{render_line(key, value)}\n" for key, value in same.items())
    shell.write(PATHS.env_file, f"A=0\n{lines}B='old'\nIN='\nD=1\n'\n", 0o640)
    wanted = WantedEnvironment(same | {"B": HIDDEN, "D": "1", "IN": "D=1\n"})

    script = DifferingKeys().command(target=target())
    said = shell.run(script, stdin=wanted.lines()).splitlines()

    assert said == ["B", "D", "IN"]
    assert DifferingKeys().process(said) == said
    assert HIDDEN not in script


def test_what_is_wanted_may_come_over_a_socket_as_sshd_hands_it_over(shell: Shell) -> None:
    shell.write(PATHS.env_file, "A=1\nB=1\n", 0o640)
    ours, theirs = socket.socketpair()
    script = shell.moved(DifferingKeys().command(target=target()))

    with ours, theirs:
        ours.sendall(b"A=1\nB=2\n")
        ours.shutdown(socket.SHUT_WR)
        done = subprocess.run(
            ["bash", "-c", script], stdin=theirs.fileno(), capture_output=True, check=True
        )

    assert done.stdout == b"B\n"


def test_a_file_that_the_app_leads_elsewhere_is_not_compared(shell: Shell) -> None:
    secret = shell.write("/srv/playmaker/secret", "A=1\n")
    link = shell / PATHS.env_file
    link.parent.mkdir(parents=True)
    link.symlink_to(secret)

    done = shell.try_(DifferingKeys().command(target=target()), stdin="A=1\n")

    assert done.returncode != 0
    assert done.stdout == ""


@pytest.mark.parametrize("value", CARRIED.values(), ids=list(CARRIED))
def test_what_is_written_there_is_read(value: str) -> None:
    found = File(f"{render_line('A', value)}\n")

    assert [(one.key, one.value) for one in found.given] == [("A", value)]
    assert found.unread == []
