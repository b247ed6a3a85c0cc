"""Environment values survive every reader; merging keeps what is the host's."""

import subprocess
from io import StringIO
from pathlib import Path

import pytest
from dotenv import dotenv_values

from tasks.plans import environment
from tasks.plans.databases.location import Location
from tasks.plans.environment import Merge, render_line
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import serving, target

HOSTILE = [
    "",
    "plain",
    "two words",
    " spaces around ",
    "$HOME",
    "${HOME}",
    "$(id)",
    "`id`",
    "it's",
    'say "hi"',
    """both ' and " here""",
    "back\\slash",
    "ends with \\",
    "\\n is no line break",
    "two \\\\ slashes",
    "#not a comment",
    "a #b",
    "a=b=c",
    "~/x",
    "*",
    "semi;colon && true",
    "tab\there",
    "schlüssel",
    "!history",
    "it's $5",
    "it's `id`",
    "\\ and $HOME",
    "' \\ $ ` \"",
    "%d %%",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_is_the_same_to_dotenv_and_shell_or_is_refused(value: str, tmp_path: Path) -> None:
    # where these meet, no quoting is the same to both
    impossible = set(value) & set("'\\") and set(value) & set("$`")
    try:
        line = render_line("KEY", value)
    except ValueError:
        assert impossible
        return
    file = tmp_path / "env"
    file.write_text(f"{line}\n")
    read = f'set -eu; set -a; . {file}; printf %s "$KEY"'

    shell = subprocess.run(["bash", "-c", read], capture_output=True, text=True, check=True)

    assert shell.stdout == value
    assert dotenv_values(stream=StringIO(line), interpolate=False) == {"KEY": value}
    assert "\n" not in line


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b"])
def test_a_value_that_no_line_can_hold_is_refused_and_not_repeated(value: str) -> None:
    with pytest.raises(ValueError, match="KEY: its value has a line break") as refused:
        render_line("KEY", value)

    assert value not in str(refused.value)


@pytest.mark.parametrize("key", ["", "1A", "A-B", "A B", "A=B", "Ä"])
def test_a_key_that_is_no_name_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="is no name"):
        render_line(key, "x")


def test_a_merge_adds_what_is_missing_and_replaces_only_what_was_named() -> None:
    found = environment.merge(
        wanted=("A", "B", "C"), host=("B", "C", "X"), differing=("C", "D"), required=("A", "X", "Z")
    )

    assert found == Merge(add=("A",), replace=("C",), missing=("Z",))


def test_the_decision_names_keys_and_never_values() -> None:
    found = Merge(add=("A",), replace=("C",), missing=())

    decision = environment.decide(target(), serving(target()), found, changes=True)

    assert decision.why == "+A ~C"


def test_an_abandoned_candidate_is_removed(shell: Shell) -> None:
    wished = target()
    candidate = shell.write(wished.paths.candidate, "A=1\n")

    shell.run(environment.prepare_script(wished, changes=False))

    assert not candidate.exists()


def test_public_values_are_the_hosts_unless_named_for_update() -> None:
    found = environment.public_values(
        host={"VITE_A": "host", "VITE_B": "host"},
        wanted={"VITE_A": "new", "VITE_B": "new", "VITE_C": "new", "SECRET": "new"},
        update=("VITE_B", "VITE_X"),
        prefix="VITE_",
    )

    assert found == {"VITE_A": "host", "VITE_B": "new", "VITE_C": "new"}


def candidate(shell: Shell, host: str | None, wanted: str, update: list[str]) -> str:
    """Run the script that merges; return the candidate."""
    wished = target(env_update=update)
    shell.write(f"{wished.paths.state}/.keep")
    if host is not None:
        shell.write(wished.paths.env_file, host)
    before = shell.tree()

    shell.run(environment.prepare_script(wished, changes=True), stdin=wanted)

    made = shell / wished.paths.candidate
    new = {path for path in shell.tree() if path not in before}
    assert new == {str(made.relative_to(shell.root))}
    assert made.stat().st_mode & 0o777 == 0o600
    return made.read_text()


HAND_WRITTEN = """\
# by hand
export A = 1

B="two words"  # note
 C=3
# D=4
B=again
no assignment"""


@pytest.mark.parametrize(
    ("host", "wanted", "update", "expected"),
    [
        pytest.param(None, "A=1\nB=2\n", [], "A=1\nB=2\n", id="a first environment"),
        pytest.param("A=1\n", "A=2\nB=2\n", [], "A=1\nB=2\n", id="a missing key is added"),
        pytest.param("A=1\nB=1\n", "A=2\nB=2\n", ["B"], "A=1\nB=2\n", id="a named key is replaced"),
        pytest.param("A=1", "B=2\n", [], "A=1\nB=2\n", id="no line break at the end"),
        pytest.param(
            HAND_WRITTEN,
            "A=9\nB=9\nD=9\n",
            [],
            f"{HAND_WRITTEN}\nD=9\n",
            id="the rest is kept to the letter",
        ),
        pytest.param(
            "export A=1\nB = 1\n", "A=2\nB=2\n", ["A", "B"], "A=2\nB=2\n", id="in any spelling"
        ),
        pytest.param("A=1\nB=1\n", "B=2\n", ["A"], "A=1\nB=1\n", id="named, but not given"),
        pytest.param("AB=1\nA=1\n", "A=2\n", ["A"], "AB=1\nA=2\n", id="no key is part of another"),
        pytest.param("A=1\nA=2\n# x\n", "", [], "A=1\nA=2\n# x\n", id="nothing is wanted"),
        pytest.param("", "B='$(id) \\t & %s'\n", [], "B='$(id) \\t & %s'\n", id="hostile"),
    ],
)
def test_the_candidate(
    shell: Shell, host: str | None, wanted: str, update: list[str], expected: str
) -> None:
    assert candidate(shell, host, wanted, update) == expected


def database_program(shell: Shell, wanting: str) -> None:
    """Have a program on the host that notes with which URL it is asked what."""
    told = f'{{"refused": "", "wanting": {wanting}}}'
    program = f'#!/bin/sh\necho "$1 $(cat "$3")" >> {shell.root}/asked\necho \'{told}\'\n'
    shell.write("/usr/local/lib/changeover/postgres_backup", program, 0o755)


@pytest.mark.parametrize(
    ("wanting", "undone"),
    [
        ('["password"]', ["wanting DATABASE_URL=old", "provision DATABASE_URL=old"]),
        ("[]", ["wanting DATABASE_URL=old"]),
        # of a URL that never led here nothing is made
        ('["role", "database"]', ["wanting DATABASE_URL=old"]),
    ],
)
def test_a_new_password_comes_with_the_candidate_and_goes_with_it(
    shell: Shell, wanting: str, undone: list[str]
) -> None:
    wished = target(env_update=["DATABASE_URL"])
    there = Location("shop", functions="database/postgres", local_server=True)
    database_program(shell, wanting)
    shell.write(wished.paths.env_file, "DATABASE_URL=old\n")
    shell.write(f"{wished.paths.state}/.keep")
    text = environment.prepare_script(wished, changes=True, password_of=there)

    shell.run(text, stdin="DATABASE_URL=new\n")
    shell.run(environment.undo(wished, password=True).script)

    asked = (shell / "/asked").read_text().splitlines()
    assert asked == ["provision DATABASE_URL=new", *undone]
