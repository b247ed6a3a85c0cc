"""What a merge with the host's environment changes, and that it keeps what is the host's."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from changeover.plans import environment
from changeover.plans.databases.kind import Location
from changeover.plans.databases.postgres import POSTGRES
from changeover.plans.databases.postgres.here import HERE
from changeover.plans.environment import Merge
from changeover.plans.environment_text import render_line
from changeover.plans.script import SHELL
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import HELLO, PLAYMAKER, WANTED, serving, target, view


@pytest.mark.parametrize("key", ["", "1A", "A-B", "A B", "A=B", "Ä"])
def test_a_key_that_is_no_name_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="is no name"):
        render_line(key, "x")


def test_a_merge_adds_what_is_missing_and_changes_only_what_was_named() -> None:
    app = PLAYMAKER.model_copy(update={"required_env": ("A", "X", "Z")})
    aim = target(app, env_remove=["X", "Y"])

    found = environment.merge(
        aim, wanted=("A", "B", "C"), host=("B", "C", "X"), differing=("C", "D")
    )

    assert found == Merge(add=("A",), replace=("C",), missing=("Z",), remove=("X",))


def test_the_decision_names_keys_and_never_values() -> None:
    found = Merge(add=("A",), replace=("C",), missing=(), remove=("D", "E"))

    decision = environment.decide(target(), serving(target()), found, changes=True)

    assert decision.why == "+A ~C -D -E"


def test_keys_that_cannot_be_changed_or_taken_away_are_named() -> None:
    aim = target(
        env_update=["A", "SESSION_SECRET"],
        env_remove=["OLD", "SESSION_SECRET", "DATABASE_URL", "B"],
    )
    bare = target(HELLO, env_remove=["GREETING"])

    assert list(environment.problems(aim, ("B", "SESSION_SECRET"))) == [
        "playmaker_env_update: names A, of which the controller has no value",
        "playmaker_env_remove: names SESSION_SECRET, without which the app cannot run",
        "playmaker_env_remove: names DATABASE_URL, without which the app cannot run",
        "playmaker_env_remove: names B, of which the controller has a value: take it away there"
        " first",
    ]
    assert list(environment.problems(bare, ())) == []


def test_a_key_that_is_gone_already_changes_nothing() -> None:
    aim = target(env_remove=["OLD"])

    changing = view(aim, replace(serving(aim), env_keys=(*WANTED, "OLD")))
    done = view(aim, serving(aim))

    assert changing.merge.changes == ("-OLD",)
    assert changing.environment_changes
    assert not done.environment_changes
    assert [line for line in done.problems() if "env_remove" in line] == []


def test_an_abandoned_candidate_is_removed(shell: Shell) -> None:
    aim = target()
    candidate = shell.write(aim.paths.candidate, "A=1\n")

    shell.run(environment.prepare_script(aim, changes=False))

    assert not candidate.exists()


def test_public_values_are_the_hosts_unless_named() -> None:
    aim = target(env_update=["VITE_B", "VITE_X"], env_remove=["VITE_D"])

    found = environment.public_values(
        aim,
        host={"VITE_A": "host", "VITE_B": "host", "VITE_D": "host"},
        wanted={"VITE_A": "new", "VITE_B": "new", "VITE_C": "new", "SECRET": "new"},
    )

    assert found == {"VITE_A": "host", "VITE_B": "new", "VITE_C": "new"}
    assert environment.public_values(target(HELLO), {"A": "1"}, {"B": "2"}) == {}


def candidate(shell: Shell, host: str | None, wanted: str, update: list[str], *gone: str) -> str:
    """Run the script that merges; return the candidate."""
    aim = target(env_update=update, env_remove=list(gone))
    shell.write(f"{aim.paths.state}/.keep")
    if host is not None:
        shell.write(aim.paths.env_file, host)
    before = shell.tree()

    shell.run(environment.prepare_script(aim, changes=True), stdin=wanted)

    made = shell / aim.paths.candidate
    new = {path for path in shell.tree() if path not in before}
    assert new == {str(made.relative_to(shell.root))}
    assert made.stat().st_mode & 0o777 == 0o600
    return made.read_bytes().decode()


LINES = "A='first\nX=1\n\n# B=1\n'\n"
HAND_WRITTEN = """\
# by hand
A = 1

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
        pytest.param(" A=1\nB = 1\n", "A=2\nB=2\n", ["A", "B"], "A=2\nB=2\n", id="in any spelling"),
        pytest.param(
            "export A=1\n", "A=2\n", ["A"], "export A=1\nA=2\n", id="systemd passes it over"
        ),
        pytest.param(
            f"{LINES}B=1\n", "A=2\nC=2\n", ["A"], "A=2\nB=1\nC=2\n", id="lines are replaced"
        ),
        pytest.param("A=1\nC=1\n", LINES, ["A"], f"{LINES}C=1\n", id="lines replace"),
        pytest.param(
            LINES, "X=2\nB=2\n", [], f"{LINES}X=2\nB=2\n", id="what is in lines is no key"
        ),
        pytest.param("A=1\\\n2\nB=1\n", "A=2\n", ["A"], "A=2\nB=1\n", id="continued lines"),
        pytest.param("A=1\r\nB=1\r\n", "A=2\n", ["A"], "A=2\nB=1\r\n", id="carriage returns"),
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


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("A=1\nOLD=1\nB=1\n", "A=1\nB=1\n"),
        ("# OLD=1\n OLD=1\nOLDER=1\nOLD=2", "# OLD=1\nOLDER=1\n"),
        (f"OLD='two\nlines'\n{LINES}OLD=", LINES),
        ("OLD=1\n", ""),
    ],
)
def test_a_key_is_taken_away_with_all_its_lines(shell: Shell, host: str, expected: str) -> None:
    assert candidate(shell, host, "", [], "OLD") == expected


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
    aim = target(env_update=["DATABASE_URL"])
    there = Location(POSTGRES, "shop", place=HERE)
    database_program(shell, wanting)
    shell.write(aim.paths.env_file, "DATABASE_URL=old\n")
    shell.write(f"{aim.paths.state}/.keep")
    text = environment.prepare_script(aim, changes=True, password_of=there)

    shell.run(text, stdin="DATABASE_URL=new\n")
    shell.run(environment.undo(aim, password_of=there).script)

    asked = (shell / "/asked").read_text().splitlines()
    assert asked == ["provision DATABASE_URL=new", *undone]


def test_the_lines_of_the_controller_are_read_to_their_end_whatever_fails(tmp_path: Path) -> None:
    """Who sends them waits for that; here nothing can be compared."""
    for name in ("cat", "dd", "head", "wc"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    bash, *words = SHELL.split()
    command = [f"/usr/bin/{bash}", *words, "-c", environment.differing_script(target())]
    sent = b"KEY='x'\n" * 100_000

    with subprocess.Popen(
        command, env={"PATH": str(tmp_path)}, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as shell:
        assert shell.stdin
        assert shell.stderr
        assert shell.stdin.write(sent) == len(sent)
        shell.stdin.close()

        assert b"python3: command not found" in shell.stderr.read()
        assert shell.wait()
